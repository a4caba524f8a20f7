import { createServer, type Server, type Socket } from 'node:net'

/** How long a connection may take to prove that it may come in, in milliseconds. */
const admissionMs = 1_000
/** Most connections that have not proven it yet; further ones are closed at once. */
const waitingMax = 128

export interface AnteroomEvents {
  /** Somebody has come. `leave` is to be called when it has proven what it has to. */
  entered(socket: Socket, leave: () => void): void
  /** The server failed after it listened, or could not listen. */
  failed(error: Error): void
}

/** A listening socket, and those who have come and not proven yet that they may: few, and for a short time. */
export class Anteroom {
  readonly #server: Server
  readonly #waiting = new Set<Socket>()
  readonly #events: AnteroomEvents

  constructor(events: AnteroomEvents) {
    this.#events = events
    this.#server = createServer({ pauseOnConnect: true }, (socket) => this.#enter(socket))
    this.#server.on('error', (error) => events.failed(error))
  }

  get waiting(): number {
    return this.#waiting.size
  }

  listen(path: string, listening: () => void): void {
    // In a cluster worker the primary would listen in its place otherwise.
    this.#server.listen({ path, exclusive: true }, listening)
    // A broker alone does not keep its process running.
    this.#server.unref()
  }

  /** Stops listening and closes whoever has not been let in. */
  close(): void {
    this.#server.close()
    for (const socket of this.#waiting) socket.destroy()
  }

  #enter(socket: Socket): void {
    const onError = (): void => void socket.destroy()
    socket.on('error', onError)
    if (this.#waiting.size >= waitingMax) {
      socket.destroy()
      return
    }
    this.#waiting.add(socket)
    const timer = setTimeout(() => socket.destroy(), admissionMs).unref()
    const settle = (): void => {
      clearTimeout(timer)
      this.#waiting.delete(socket)
    }
    socket.once('close', settle)
    socket.unref()
    this.#events.entered(socket, () => {
      socket.off('close', settle)
      socket.off('error', onError)
      settle()
    })
  }
}
