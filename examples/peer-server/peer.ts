import { EventEmitter, on, once } from 'node:events'
import { WebSocket } from 'ws'

interface Signal {
  readonly type: string
  readonly src: string
}

/** A peer as PeerServer sees it: a WebSocket with an id, that answers whoever calls. What WebRTC adds is left out. */
export class Peer {
  readonly id: string
  readonly #socket: WebSocket
  readonly #signals: AsyncIterator<[Signal]>

  constructor(port: number, id: string) {
    this.id = id
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}/peerjs?key=peerjs&id=${id}&token=secret`)
    const emitter = new EventEmitter()
    this.#signals = on(emitter, 'signal') as AsyncIterableIterator<[Signal]>
    let cause: Error | undefined
    this.#socket.on('error', (error) => (cause = error))
    this.#socket.on('close', () => emitter.emit('error', new Error(`peer ${id} is cut off`, { cause })))
    this.#socket.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') throw new TypeError(`peer ${id}: a signal of PeerServer is text`)
      const signal = JSON.parse(data) as Signal
      if (signal.type === 'OFFER') this.#send('ANSWER', signal.src)
      else emitter.emit('signal', signal)
    })
  }

  /** Resolves when the server has let it in. */
  async opened(): Promise<void> {
    const type = await this.#next()
    if (type !== 'OPEN') throw new Error(`peer ${this.id}: ${type}`)
  }

  /** Whether the other has answered. If not, the server says that there is no such peer. */
  async call(other: string): Promise<boolean> {
    this.#send('OFFER', other)
    return (await this.#next()) === 'ANSWER'
  }

  async close(): Promise<void> {
    this.#socket.removeAllListeners('close').close()
    if (this.#socket.readyState !== WebSocket.CLOSED) await once(this.#socket, 'close')
  }

  #send(type: string, dst: string): void {
    this.#socket.send(JSON.stringify({ type, dst, payload: {} }))
  }

  async #next(): Promise<string> {
    const { value } = await this.#signals.next()
    return value[0].type
  }
}
