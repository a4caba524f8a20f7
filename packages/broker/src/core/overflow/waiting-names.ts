import { FrameKind, layout, read } from '@clusterbus/protocol'
import { isMessage } from './frames.ts'

/** Says which topic a number stands for, as far as its member was told it. */
export type NameOf = (number: number) => string | undefined

/**
 * Names of the topics of messages that wait, for one pass over them from the first to the last. A number may be told
 * anew while messages that came with its former meaning still wait. What it meant before is not kept anywhere, so such a
 * message has no name, rather than a wrong one.
 */
export class WaitingNames {
  readonly #nameOf: NameOf
  /** Numbers that are told further behind. */
  readonly #untold = new Map<number, number>()
  readonly #told = new Map<number, string>()

  /** The pass will begin `from` so many bytes behind the start of the segments. */
  constructor(nameOf: NameOf, segments: readonly Buffer[], from = 0) {
    this.#nameOf = nameOf
    let base = 0
    for (const segment of segments) {
      for (let at = Math.min(segment.length, Math.max(0, from - base)); at < segment.length;) {
        if (segment[at + 4] === FrameKind.TOPIC) this.#count(layout.readU32(segment, at + 8), 1)
        at += layout.readU32(segment, at)
      }
      base += segment.length
    }
  }

  /** The pass has come to a TOPIC. */
  tell(segment: Buffer, start: number, end: number): void {
    const number = layout.readU32(segment, start + 8)
    this.#count(number, -1)
    this.#told.set(number, segment.toString('utf8', start + 12, end))
  }

  /** The topic of the message that the pass has come to; empty if nobody knows any more. */
  of(segment: Buffer, start: number, end: number): string {
    if (segment[start + 4] === FrameKind.PUBLISH_NAMED) {
      return read.readName(segment, start, start + layout.publishBytes, end)
    }
    const number = layout.readU32(segment, start + layout.topicAt)
    return this.#told.get(number) ?? (this.#untold.has(number) ? '' : (this.#nameOf(number) ?? ''))
  }

  /** The topic whose state the message is; empty for one that was picked for groups, which is work, or has no name. */
  stateOf(segment: Buffer, start: number, end: number, isPicked: boolean): string {
    return isPicked ? '' : this.of(segment, start, end)
  }

  /** Makes the pass: how many messages of each topic there are. */
  countMessages(segments: readonly Buffer[]): Map<string, number> {
    const counts = new Map<string, number>()
    for (const segment of segments) {
      for (let at = 0; at < segment.length;) {
        const end = at + layout.readU32(segment, at)
        const kind = segment[at + 4]
        if (kind === FrameKind.TOPIC) this.tell(segment, at, end)
        if (isMessage(kind)) {
          const name = this.of(segment, at, end)
          counts.set(name, (counts.get(name) ?? 0) + 1)
        }
        at = end
      }
    }
    return counts
  }

  #count(number: number, change: number): void {
    const count = (this.#untold.get(number) ?? 0) + change
    if (count === 0) this.#untold.delete(number)
    else this.#untold.set(number, count)
  }
}
