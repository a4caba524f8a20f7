import cluster, { type Worker } from 'node:cluster'
import type { Peer, PeerConnection } from './peer.ts'

/** The messages of the switch statement that clusterbus replaces. */
type Message =
  | { kind: 'subscribe' | 'respond'; topic: string; id: number }
  | { kind: 'ok'; id: number }
  | { kind: 'publish'; topic: string; data: unknown }
  | { kind: 'ask'; topic: string; data: unknown; id: number; from?: number }
  | { kind: 'answer'; data: unknown; id: number; to: number }

/**
 * `process.send` as a good engineer writes it by hand: the primary knows who wants what, relays the message as it came,
 * and skips a worker that is going; the publisher waits when the channel says that it is full.
 */
export const processSend: Peer = { host: relay, connect }

function relay(): void {
  const subscribers = new Map<string, Set<Worker>>()
  const responders = new Map<string, Worker>()
  cluster.on('message', (worker, message: Message) => {
    switch (message.kind) {
      case 'publish':
        for (const subscriber of subscribers.get(message.topic) ?? []) sendTo(subscriber, message)
        break
      case 'ask':
        message.from = worker.id
        sendTo(responders.get(message.topic), message)
        break
      case 'answer':
        sendTo(cluster.workers?.[message.to], message)
        break
      case 'subscribe': {
        const present = subscribers.get(message.topic)
        if (present === undefined) subscribers.set(message.topic, new Set([worker]))
        else present.add(worker)
        sendTo(worker, { kind: 'ok', id: message.id })
        break
      }
      case 'respond':
        responders.set(message.topic, worker)
        sendTo(worker, { kind: 'ok', id: message.id })
        break
    }
  })
  cluster.on('disconnect', (worker) => {
    for (const present of subscribers.values()) present.delete(worker)
    for (const [topic, responder] of responders) if (responder === worker) responders.delete(topic)
  })
}

function sendTo(worker: Worker | undefined, message: Message): void {
  if (worker?.isConnected()) worker.send(message)
}

async function connect(): Promise<PeerConnection> {
  const handlers = new Map<string, (data: unknown) => void>()
  const responders = new Map<string, (data: unknown) => unknown>()
  const waiting = new Map<number, (data: unknown) => void>()
  const sender = new Sender()
  let nextId = 1

  process.on('message', (message: Message) => {
    switch (message.kind) {
      case 'publish':
        handlers.get(message.topic)?.(message.data)
        break
      case 'ask':
        void answer(message)
        break
      case 'answer':
        settle(message.id, message.data)
        break
      case 'ok':
        settle(message.id, undefined)
        break
    }
  })

  function settle(id: number, data: unknown): void {
    const resolve = waiting.get(id)
    waiting.delete(id)
    resolve?.(data)
  }

  async function answer({ topic, data, id, from = 0 }: Extract<Message, { kind: 'ask' }>): Promise<void> {
    sender.send({ kind: 'answer', data: await responders.get(topic)?.(data), id, to: from })
  }

  function settled(message: (id: number) => Message): Promise<unknown> {
    const id = nextId++
    return new Promise((resolve) => {
      waiting.set(id, resolve)
      sender.send(message(id))
    })
  }

  return {
    async subscribe(topic, handler) {
      handlers.set(topic, handler)
      await settled((id) => ({ kind: 'subscribe', topic, id }))
    },
    publish: (topic, data) => sender.send({ kind: 'publish', topic, data }),
    flush: () => sender.room(),
    request: (topic, data) => settled((id) => ({ kind: 'ask', topic, data, id })),
    async respond(topic, handler) {
      responders.set(topic, handler)
      await settled((id) => ({ kind: 'respond', topic, id }))
    },
  }
}

/** Knows how much of what was sent has not left this process. */
class Sender {
  #unsent = 0
  #waiting: (() => void)[] = []

  /** Returns `false` when the channel is full. */
  send(message: Message): boolean {
    this.#unsent += 1
    return process.send?.(message, undefined, undefined, this.#left) ?? false
  }

  /** Resolves when all has left. */
  room(): Promise<void> {
    if (this.#unsent === 0) return Promise.resolve()
    return new Promise((resolve) => void this.#waiting.push(resolve))
  }

  readonly #left = (): void => {
    this.#unsent -= 1
    if (this.#unsent > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
