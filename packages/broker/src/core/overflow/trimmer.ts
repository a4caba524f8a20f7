import type { Outbox } from '../outbox.ts'
import type { DropReason } from './drop-account.ts'
import { GapBudget, Gaps } from './gaps.ts'
import { newestOfTopics } from './newest-of-topics.ts'
import { Sweep, type SweepInput } from './sweep.ts'
import type { MemberTerms } from './terms.ts'
import { type NameOf, WaitingNames } from './waiting-names.ts'

/** A queue that is no longer is looked through whenever there is a reason to, in bytes. */
const shortBytes = 1024 * 1024
/** Fewer new bytes than that are not worth a look until the link has room. */
const newBytesMin = 4096

/** Told what was dropped: how many messages of each topic, and the TRACK frames of those that had one. */
export type OnDropped = (byTopic: ReadonlyMap<string, number>, reason: DropReason, tracks: readonly Buffer[]) => void

/**
 * Keeps what waits for a member within its terms, by dropping messages. It is looked through in passes that are so far
 * apart that each message is looked at a few times at most, however long the queue is: the oldest are dropped down to
 * three quarters of the limit; of the newest, what was let in once is not looked at again; topics are conflated when what
 * waits has doubled, and, unless it is long, when the link has room again.
 */
export class Trimmer {
  readonly #outbox: Outbox
  readonly #terms: MemberTerms
  readonly #nameOf: NameOf
  readonly #onDropped: OnDropped
  /** What is missing behind so many bytes, and not said there. */
  readonly #pending = new Gaps()
  #pendingAtBytes = 0
  /** How much at the head a pass has let in. */
  #settledBytes = 0
  #settledMessages = 0
  /** How much at the head holds no topic twice. */
  #conflatedBytes = 0

  constructor(outbox: Outbox, terms: MemberTerms, nameOf: NameOf, onDropped: OnDropped) {
    this.#outbox = outbox
    this.#terms = terms
    this.#nameOf = nameOf
    this.#onDropped = onDropped
  }

  /** Hands over to the link what it takes. Whatever is dropped has waited before. */
  flush(): void {
    const { writer } = this.#outbox
    const bytes = writer.queuedBytes
    const { messages } = this.#outbox
    this.#outbox.flush()
    const taken = bytes - writer.queuedBytes
    this.#pendingAtBytes = Math.max(0, this.#pendingAtBytes - taken)
    this.#settledBytes = Math.max(0, this.#settledBytes - taken)
    this.#settledMessages = Math.max(0, this.#settledMessages - (messages - this.#outbox.messages))
    this.#conflatedBytes = Math.max(0, this.#conflatedBytes - taken)
  }

  /** The link has room again: what it is given is what is wanted now, with word of what is missing. */
  drained(): void {
    const newBytes = this.#newBytes()
    if (this.#terms.conflates && newBytes > 0 && this.#isWorthwhile(newBytes)) this.#conflate()
    if (!this.#pending.isEmpty) this.#sweep(this.#pendingAtBytes, () => true, 'newest')
    this.#pending.writeTo(this.#outbox.writer)
    this.flush()
  }

  /** Looks at what was added. Whatever the link did not take waits. */
  trim(): void {
    if (!this.#outbox.isWaiting) return
    const { conflates, overflow } = this.#terms
    const newBytes = this.#newBytes()
    if (conflates) {
      const hasDoubled = newBytes >= Math.max(newBytesMin, this.#conflatedBytes)
      if (hasDoubled || (this.#isOver() && this.#isWorthwhile(newBytes))) this.#conflate()
    }
    if (!this.#isOver()) return
    if (overflow === 'drop-oldest') this.#dropOldest()
    if (overflow === 'drop-newest') this.#dropNewest()
  }

  #isOver(): boolean {
    return this.#outbox.writer.queuedBytes > this.#allowedBytes() || this.#outbox.messages > this.#terms.memberMessages
  }

  /**
   * What may wait behind what the link holds. There is always some room for messages, or else a link that holds much, or
   * control frames, would have every message dropped, and each be looked for among much that cannot be.
   */
  #allowedBytes(): number {
    const { queuedBytes } = this.#terms
    const { writer, messageBytes, linkBytes } = this.#outbox
    const controlBytes = writer.queuedBytes - messageBytes
    return Math.max(queuedBytes - linkBytes, queuedBytes / 4, controlBytes + queuedBytes / 8)
  }

  #dropOldest(): void {
    const { writer, messages, messageBytes } = this.#outbox
    const controlBytes = writer.queuedBytes - messageBytes
    let bytes = writer.queuedBytes
    let left = messages
    const allowedBytes = controlBytes + 0.75 * (this.#allowedBytes() - controlBytes)
    const allowed = Math.floor(0.75 * this.#terms.memberMessages)
    const keeps = (length: number): boolean => {
      if (bytes <= allowedBytes && left <= allowed) return true
      bytes -= length
      left -= 1
      return false
    }
    this.#sweep(0, keeps, 'oldest')
  }

  #dropNewest(): void {
    const allowedBytes = this.#allowedBytes()
    let messages = this.#settledMessages
    const keeps = (bytes: number, keptBytes: number): boolean => {
      if (keptBytes + bytes > allowedBytes || messages >= this.#terms.memberMessages) return false
      messages += 1
      return true
    }
    this.#sweep(this.#settledBytes, keeps, 'newest')
  }

  #conflate(): void {
    const segments = this.#outbox.writer.take()
    const kept = newestOfTopics(segments, new WaitingNames(this.#nameOf, segments))
    let next = 0
    this.#sweep(0, () => kept[next++] !== false, 'conflated', segments)
    this.#conflatedBytes = this.#outbox.writer.queuedBytes
  }

  #sweep(
    skipBytes: number,
    keeps: SweepInput['keeps'],
    reason: DropReason,
    segments: readonly Buffer[] = this.#outbox.writer.take(),
  ): void {
    const { writer } = this.#outbox
    const sweep = new Sweep({
      writer,
      names: new WaitingNames(this.#nameOf, segments, skipBytes),
      skipBytes,
      pending: this.#pending,
      pendingAtBytes: this.#pendingAtBytes,
      budget: new GapBudget(this.#terms.queuedBytes / 8),
      keeps,
    })
    const { messages, bytes, byTopic, tracks } = sweep.run(segments)
    this.#outbox.messages -= messages
    this.#outbox.messageBytes -= bytes
    this.#pendingAtBytes = writer.queuedBytes
    // Of what conflating has left, nothing is let in yet.
    this.#settledBytes = reason === 'conflated' ? 0 : writer.queuedBytes
    this.#settledMessages = reason === 'conflated' ? 0 : this.#outbox.messages
    if (reason === 'oldest') this.#conflatedBytes = Math.max(0, this.#conflatedBytes - bytes)
    if (messages > 0) this.#onDropped(byTopic, reason, tracks)
  }

  /** Bytes in which a topic may come that waits already. */
  #newBytes(): number {
    return Math.max(0, this.#outbox.writer.queuedBytes - this.#conflatedBytes)
  }

  #isWorthwhile(newBytes: number): boolean {
    return this.#outbox.writer.queuedBytes <= shortBytes || newBytes >= this.#conflatedBytes / 8
  }
}
