import type { Message } from '../bus.ts'
import { Fifo } from './fifo.ts'

/** A message that waits in a subscription. */
export interface WaitingMessage {
  readonly message: Message
  /** Bytes of its payload, as it came in. */
  readonly bytes: number
  /** Messages that the subscription has missed between this one and the one before it. */
  gap: number
}

/** What waits in one subscription for its handler or iterator, in order. */
export interface WaitingMessages {
  readonly length: number
  readonly bytes: number
  /** Whether a message of that topic would take the place of another. */
  replaces(topic: string): boolean
  /** Puts a message behind all others. Returns the one that it has taken the place of; what that had missed it has too. */
  push(waiting: WaitingMessage): WaitingMessage | undefined
  shift(): WaitingMessage | undefined
  /** The one that is next, which stays. */
  peek(): WaitingMessage | undefined
  clear(): void
}

/** Every message waits. */
export class AllMessages implements WaitingMessages {
  readonly #queue = new Fifo<WaitingMessage>()
  bytes = 0

  get length(): number {
    return this.#queue.length
  }

  replaces(): boolean {
    return false
  }

  push(waiting: WaitingMessage): undefined {
    this.bytes += waiting.bytes
    this.#queue.push(waiting)
  }

  shift(): WaitingMessage | undefined {
    const waiting = this.#queue.shift()
    this.bytes -= waiting?.bytes ?? 0
    return waiting
  }

  peek(): WaitingMessage | undefined {
    return this.#queue.peek()
  }

  clear(): void {
    this.bytes = 0
    this.#queue.clear()
  }
}

/** The newest message of each topic waits, in the place of the newest. */
export class NewestMessages implements WaitingMessages {
  readonly #byTopic = new Map<string, WaitingMessage>()
  /** Goes over all that waits, once: a new one would begin at places that are long empty. */
  #order = this.#byTopic.values()
  #head: WaitingMessage | undefined
  bytes = 0

  get length(): number {
    return this.#byTopic.size
  }

  replaces(topic: string): boolean {
    return this.#byTopic.has(topic)
  }

  push(waiting: WaitingMessage): WaitingMessage | undefined {
    const { topic } = waiting.message
    const superseded = this.#byTopic.get(topic)
    if (superseded !== undefined) {
      waiting.gap += superseded.gap + 1
      this.#remove(topic, superseded)
    }
    this.bytes += waiting.bytes
    this.#byTopic.set(topic, waiting)
    return superseded
  }

  shift(): WaitingMessage | undefined {
    const next = this.peek()
    if (next !== undefined) this.#remove(next.message.topic, next)
    return next
  }

  peek(): WaitingMessage | undefined {
    if (this.#head !== undefined || this.#byTopic.size === 0) return this.#head
    this.#head = this.#order.next().value
    if (this.#head === undefined) {
      // It had come to its end before there was more.
      this.#order = this.#byTopic.values()
      this.#head = this.#order.next().value
    }
    return this.#head
  }

  clear(): void {
    this.bytes = 0
    this.#head = undefined
    this.#byTopic.clear()
  }

  #remove(topic: string, waiting: WaitingMessage): void {
    this.bytes -= waiting.bytes
    if (this.#head === waiting) this.#head = undefined
    this.#byTopic.delete(topic)
  }
}
