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
  /** The message whose place one of that topic would take. */
  replacedBy(topic: string): WaitingMessage | undefined
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

  replacedBy(): undefined {
    return undefined
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

/** A message with its neighbours. */
interface Place {
  readonly waiting: WaitingMessage
  before: Place | undefined
  behind: Place | undefined
}

/**
 * The newest message of each topic waits, in the place of the newest. The order is a list of its own, because an iterator
 * over a map that stands still while entries come and go keeps everything that the map ever held.
 */
export class NewestMessages implements WaitingMessages {
  readonly #byTopic = new Map<string, Place>()
  #first: Place | undefined
  #last: Place | undefined
  bytes = 0

  get length(): number {
    return this.#byTopic.size
  }

  replacedBy(topic: string): WaitingMessage | undefined {
    return this.#byTopic.get(topic)?.waiting
  }

  push(waiting: WaitingMessage): WaitingMessage | undefined {
    const { topic } = waiting.message
    const superseded = this.#byTopic.get(topic)
    if (superseded !== undefined) {
      waiting.gap += superseded.waiting.gap + 1
      this.#unlink(superseded)
    }
    const place: Place = { waiting, before: this.#last, behind: undefined }
    if (this.#last === undefined) this.#first = place
    else this.#last.behind = place
    this.#last = place
    this.#byTopic.set(topic, place)
    this.bytes += waiting.bytes
    return superseded?.waiting
  }

  shift(): WaitingMessage | undefined {
    const place = this.#first
    if (place === undefined) return undefined
    this.#unlink(place)
    this.#byTopic.delete(place.waiting.message.topic)
    return place.waiting
  }

  peek(): WaitingMessage | undefined {
    return this.#first?.waiting
  }

  clear(): void {
    this.bytes = 0
    this.#first = undefined
    this.#last = undefined
    this.#byTopic.clear()
  }

  #unlink({ waiting, before, behind }: Place): void {
    if (before === undefined) this.#first = behind
    else before.behind = behind
    if (behind === undefined) this.#last = before
    else behind.before = before
    this.bytes -= waiting.bytes
  }
}
