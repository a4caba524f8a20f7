import { FrameKind, layout } from '@clusterbus/protocol'
import type { LinkTap } from './tapped-link.ts'

/** An invalidation that the broker has not answered. */
interface Waiting {
  readonly number: number
  readonly since: number
  /** How often the broker had been stopped before, and the link been full. */
  readonly stops: number
}

/**
 * How long the broker takes to answer invalidations of one member, by its own clock and beside it. Never longer than
 * leases last: what waits for longer, waits for nothing.
 */
export class AnswerAccount implements LinkTap {
  readonly #now: () => number
  readonly #stops: () => number
  readonly #longestMs: number
  readonly #late: (tookMs: number) => void
  readonly #waiting = new Map<number, Waiting>()
  #fills = 0
  #isFull = false

  /**
   * `late` is called for an answer that took more than `longestMs`, unless the broker was stopped meanwhile, or the member
   * did not read what was sent to it.
   */
  constructor(now: () => number, stops: () => number, longestMs: number, late: (tookMs: number) => void) {
    this.#now = now
    this.#stops = stops
    this.#longestMs = longestMs
    this.#late = late
  }

  heard(bytes: Buffer, start: number): void {
    const kind = bytes[start + 4]
    if (kind !== FrameKind.INVALIDATE && kind !== FrameKind.CANCEL) return
    const number = layout.readU32(bytes, start + layout.baseBytes)
    if (kind === FrameKind.CANCEL) this.#waiting.delete(number)
    else this.#waiting.set(number, { number, since: this.#now(), stops: this.#excuses })
  }

  said(bytes: Buffer, start: number): void {
    const kind = bytes[start + 4]
    // The member is told to go: what it waits for, it asks the next broker.
    if (kind === FrameKind.CLOSE) return this.#waiting.clear()
    if (kind === FrameKind.REPLY) return void this.#waiting.delete(layout.readU32(bytes, start + layout.requestAt))
    if (kind !== FrameKind.INVALIDATED) return
    const number = layout.readU32(bytes, start + layout.baseBytes)
    const waiting = this.#waiting.get(number)
    this.#waiting.delete(number)
    if (waiting !== undefined) this.#judge(waiting)
  }

  closed(): void {
    this.#waiting.clear()
  }

  roomChanged(hasRoom: boolean): void {
    this.#fills += 1
    this.#isFull = !hasRoom
  }

  /** Judges what was never answered, at the end. */
  judgeAll(): void {
    for (const waiting of this.#waiting.values()) this.#judge(waiting)
  }

  get #excuses(): number {
    return this.#stops() + this.#fills
  }

  #judge({ since, stops }: Waiting): void {
    const tookMs = this.#now() - since
    if (tookMs > this.#longestMs && !this.#isFull && stops === this.#excuses) this.#late(tookMs)
  }
}
