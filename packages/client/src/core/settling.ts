import { FrameKind, layout, write } from '@clusterbus/protocol'
import type { Message } from '../bus.ts'
import type { Outgoing } from './outgoing.ts'

/** Whom to tell that a message has been handled: its publisher, by the number that it gave the message. */
export interface Awaiting {
  readonly publisher: number
  readonly number: number
}

interface Unsettled {
  readonly awaiting: Awaiting
  /** Subscriptions that are not through with it. */
  left: number
  failed: boolean
}

/** Messages that somebody waits for this bus to handle. All others are none of its business. */
export class Settling {
  /** Messages that are not handled yet. While there are none, nobody needs to call {@link handled}. */
  count = 0
  readonly #outgoing: Outgoing
  readonly #unsettled = new Map<Message, Unsettled>()

  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing
  }

  /** The message is about to be delivered to that many subscriptions. Each of them calls {@link handled} once. */
  begin(message: Message, awaiting: Awaiting, subscriptions: number): void {
    this.#unsettled.set(message, { awaiting, left: subscriptions, failed: false })
    this.count += 1
  }

  /** A subscription is through with a message. */
  handled(message: Message, failed: boolean): void {
    const unsettled = this.#unsettled.get(message)
    if (unsettled === undefined) return
    unsettled.left -= 1
    unsettled.failed ||= failed
    if (unsettled.left > 0) return
    this.#unsettled.delete(message)
    this.count -= 1
    this.settle(unsettled.awaiting, unsettled.failed)
  }

  /** Tells the publisher. */
  settle({ publisher, number }: Awaiting, failed: boolean): void {
    const flags = failed ? layout.flagFailed : 0
    write.writeNumbers(this.#outgoing.writer, FrameKind.SETTLED, flags, publisher, number)
    this.#outgoing.schedule()
  }

  /** The link is gone, or about to go: nobody hears of what came in on it. */
  linkEnded(): void {
    this.#unsettled.clear()
    this.count = 0
  }
}
