import { BroadcastChannel, threadId } from 'node:worker_threads'
import type { Peer, PeerConnection } from './peer.ts'
import { Window } from './window.ts'

/**
 * Threads rather than processes, as a reference. One channel for all topics: two would keep no order between them. A channel
 * takes what it is given, however much waits; so the others answer marks that a publisher sets behind what it published.
 */
export const broadcastChannel: Peer = { connect }

type Message =
  | { kind: 'publish'; topic: string; data: unknown }
  | { kind: 'join' | 'welcome'; from: number }
  | { kind: 'mark' | 'seen'; id: number; from: number }

/** Fewer than elsewhere, since the bytes are not known here. */
const windowMessages = 1024

async function connect(): Promise<PeerConnection> {
  const channel = new BroadcastChannel('bench')
  const handlers = new Map<string, (data: unknown) => void>()
  const marks = new Marks((id) => send({ kind: 'mark', id, from: threadId }))
  const window = new Window(() => marks.set(), windowMessages)

  function send(message: Message): void {
    channel.postMessage(message)
  }

  channel.onmessage = (event: unknown) => {
    const message = (event as { data: Message }).data
    switch (message.kind) {
      case 'publish':
        handlers.get(message.topic)?.(message.data)
        break
      case 'mark':
        send({ ...message, kind: 'seen' })
        break
      case 'seen':
        if (message.from === threadId) marks.seen(message.id)
        break
      case 'join':
        send({ kind: 'welcome', from: threadId })
        marks.others.add(message.from)
        break
      case 'welcome':
        marks.others.add(message.from)
        break
    }
  }
  send({ kind: 'join', from: threadId })

  return {
    publish(topic, data) {
      send({ kind: 'publish', topic, data })
      return window.add(0)
    },
    flush: () => window.room(),
    // Everything is sent to every thread: there is nobody to tell, and nothing to wait for.
    async subscribe(topic, handler) {
      handlers.set(topic, handler)
    },
  }
}

/** The marks of one publisher, and how many have not seen them yet. */
class Marks {
  /** The threads besides this one. */
  readonly others: Set<number> = new Set()
  readonly #send: (id: number) => void
  readonly #unseen = new Map<number, { missing: number; resolve: () => void }>()
  #nextId = 1

  constructor(send: (id: number) => void) {
    this.#send = send
  }

  /** Resolves when all others have seen what was sent before. */
  set(): Promise<void> {
    const id = this.#nextId++
    const missing = this.others.size
    this.#send(id)
    if (missing === 0) return Promise.resolve()
    return new Promise((resolve) => void this.#unseen.set(id, { missing, resolve }))
  }

  seen(id: number): void {
    const mark = this.#unseen.get(id)
    if (mark === undefined) return
    mark.missing -= 1
    if (mark.missing > 0) return
    this.#unseen.delete(id)
    mark.resolve()
  }
}
