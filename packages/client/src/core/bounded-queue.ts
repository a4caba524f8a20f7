import type { OverflowPolicy } from '@clusterbus/protocol'
import type { Message } from '../bus.ts'
import { AllMessages, NewestMessages, type WaitingMessage, type WaitingMessages } from './waiting-messages.ts'

/** How much may wait in a subscription, and what becomes of more. */
export interface QueueTerms {
  readonly overflow: OverflowPolicy
  /** Whether only the newest message of each topic waits. */
  readonly conflate: boolean
  readonly messagesMax: number
  /** Bytes of payload, as it came in. */
  readonly bytesMax: number
}

/** What the queue tells its subscription. */
export interface QueueOwner {
  /** A message was lost: it was dropped, or a newer one of its topic has taken its place. */
  dropped(message: Message): void
  /** The queue has met its limit, and publishers should wait. Returns whether they will. */
  full(): boolean
  /** There is room again. */
  relieved(): void
  /** The queue has met its limit, and the link should be given up for it. */
  overrun(): void
}

/** What has been asked of publishers: nothing, to wait, or nothing any more until the queue has had room again. */
type Blocking = 'no' | 'asked' | 'spent'

/** How far a queue may grow beyond its limit with what is on its way while publishers are asked to wait. */
const slackFactor = 2

/** What waits in one subscription, and what happens when that is too much. No message is ever lost in silence. */
export class BoundedQueue {
  readonly #terms: QueueTerms
  readonly #owner: QueueOwner
  readonly #waiting: WaitingMessages
  /** Messages missed since the last one that waits. */
  #gap = 0
  #blocking: Blocking = 'no'

  constructor(terms: QueueTerms, owner: QueueOwner) {
    this.#terms = terms
    this.#owner = owner
    this.#waiting = terms.conflate ? new NewestMessages() : new AllMessages()
  }

  get length(): number {
    return this.#waiting.length
  }

  /** So many messages of this subscription were lost on their way. */
  missed(count: number): void {
    this.#gap += count
  }

  /** How many messages were missed before the one that has nothing to wait for. */
  takeGap(): number {
    const gap = this.#gap
    this.#gap = 0
    return gap
  }

  /** Puts a message with a payload of so many bytes behind all others. Returns whether it waits now. */
  push(message: Message, bytes: number): boolean {
    if (this.#isFullFor(message, bytes, 1) && !this.#makeRoom(message, bytes)) {
      this.#gap += 1
      this.#owner.dropped(message)
      return false
    }
    const superseded = this.#waiting.push({ message, bytes, gap: this.#gap })
    this.#gap = 0
    if (superseded !== undefined) this.#owner.dropped(superseded.message)
    return true
  }

  shift(): WaitingMessage | undefined {
    const next = this.#waiting.shift()
    if (next !== undefined) this.#relieve()
    return next
  }

  clear(): void {
    this.#waiting.clear()
    this.#relieve()
  }

  /** Nobody waits any more because of what was asked on the link that is lost. */
  linkLost(): void {
    if (this.#blocking === 'asked') this.#blocking = 'spent'
  }

  /** Whether there is no room for a message in `factor` times what may wait, beside the one it replaces. One alone always has room. */
  #isFullFor(message: Message, bytes: number, factor: number): boolean {
    const { messagesMax, bytesMax } = this.#terms
    const replaced = this.#waiting.replacedBy(message.topic)
    const others = this.#waiting.length - (replaced === undefined ? 0 : 1)
    if (others >= factor * messagesMax) return true
    return others > 0 && this.#waiting.bytes - (replaced?.bytes ?? 0) + bytes > factor * bytesMax
  }

  /** Does what the terms say when the queue is full. Returns whether the message has room then. */
  #makeRoom(message: Message, bytes: number): boolean {
    switch (this.#terms.overflow) {
      case 'drop-newest':
        return false
      case 'drop-oldest':
        while (this.#isFullFor(message, bytes, 1)) this.#dropOldest()
        return true
      case 'disconnect':
        while (this.#waiting.length > 0) this.#dropOldest()
        this.#owner.overrun()
        return false
      case 'block':
        if (this.#blocking === 'no') this.#blocking = this.#owner.full() ? 'asked' : 'spent'
        return this.#blocking === 'asked' && !this.#isFullFor(message, bytes, slackFactor)
    }
  }

  #dropOldest(): void {
    const oldest = this.#waiting.shift()
    if (oldest === undefined) return
    const next = this.#waiting.peek()
    if (next === undefined) this.#gap += oldest.gap + 1
    else next.gap += oldest.gap + 1
    this.#owner.dropped(oldest.message)
  }

  #relieve(): void {
    if (this.#blocking === 'no') return
    const { messagesMax, bytesMax } = this.#terms
    if (this.#waiting.length > messagesMax / 2 || this.#waiting.bytes > bytesMax / 2) return
    if (this.#blocking === 'asked') this.#owner.relieved()
    this.#blocking = 'no'
  }
}

/** Subscriptions share one message; what one has missed is its own. */
export function withGap(message: Message, gap: number): Message {
  return gap === 0 ? message : { ...message, gap: message.gap + gap }
}
