import type { Link, LinkReceiver } from '@clusterbus/protocol'
import type { Faults } from './faults.ts'

/** Chunks that may wait here before the other end feels it. */
const waitingMax = 4
/** How long a link goes on after bytes on it were changed, in virtual milliseconds. */
const corruptMs = 20

/** What a faulty end of a link has to be able to bring about. */
export interface FaultLinkOwner {
  /** Calls `callback` after `delayMs`. */
  schedule(delayMs: number, callback: () => void): void
  /** Cuts the link, in both directions. {@link FaultLink.drop} must follow. */
  cut(): void
  /** From now on nothing that was said over this link can be relied on. */
  corrupted(): void
}

/**
 * A link on which things go wrong. Whatever happens to the bytes that come in, it keeps the contract of a link until it
 * closes: in order, none lost, none doubled; only a corrupt byte breaks it, and the link is cut soon after that.
 */
export class FaultLink implements Link {
  readonly #inner: Link
  readonly #faults: Faults
  readonly #owner: FaultLinkOwner
  #receiver: LinkReceiver | undefined
  readonly #waiting: Buffer[] = []
  #isPaused = false
  #isInnerPaused = false
  #isScheduled = false
  #truncated = false
  #isDropped = false
  #closed: { readonly cause: Error | undefined } | undefined

  constructor(inner: Link, faults: Faults, owner: FaultLinkOwner) {
    this.#inner = inner
    this.#faults = faults
    this.#owner = owner
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver
    this.#inner.open({
      onChunk: (chunk) => this.#came(chunk),
      onDrain: () => receiver.onDrain(),
      onClose: (cause) => {
        this.#closed = { cause }
        this.#schedule(0)
      },
    })
  }

  write(segments: readonly Buffer[]): boolean {
    return this.#inner.write(segments)
  }

  pause(): void {
    this.#isPaused = true
    this.#applyPause()
  }

  resume(): void {
    this.#isPaused = false
    this.#applyPause()
    this.#schedule(0)
  }

  end(): void {
    this.#inner.end()
  }

  destroy(): void {
    this.drop()
    this.#inner.destroy()
  }

  ref(): void {
    this.#inner.ref()
  }

  unref(): void {
    this.#inner.unref()
  }

  /** What waits here will not come in any more. */
  drop(): void {
    this.#isDropped = true
    this.#waiting.length = 0
    // What it has closed with need not wait any more.
    this.#schedule(0)
  }

  #came(chunk: Buffer): void {
    if (this.#truncated || this.#isDropped) return
    const { delayMs, split, coalesce, harm } = this.#faults.fate()
    const { dice } = this.#faults
    if (harm === 'cut') return this.#owner.cut()
    if (harm === 'truncate') {
      this.#truncated = true
      chunk = chunk.subarray(0, dice.below(chunk.length))
    } else if (harm === 'corrupt') {
      const at = dice.below(chunk.length)
      chunk[at] = (chunk[at] ?? 0) ^ (1 << dice.below(8))
      this.#owner.corrupted()
      this.#owner.schedule(corruptMs, () => this.#owner.cut())
    }
    const pieces = split && chunk.length > 1 ? this.#split(chunk) : [chunk]
    const last = this.#waiting.at(-1)
    if (coalesce && last !== undefined) this.#waiting.splice(-1, 1, Buffer.concat([last, ...pieces]))
    else this.#waiting.push(...pieces)
    this.#applyPause()
    this.#schedule(delayMs + (coalesce ? 1 : 0))
  }

  /** Up to three pieces, now and then of one byte. */
  #split(chunk: Buffer): Buffer[] {
    const { dice } = this.#faults
    const first = dice.chance(0.3) ? 1 : dice.between(1, chunk.length - 1)
    const second = dice.between(first, chunk.length - 1)
    return [chunk.subarray(0, first), chunk.subarray(first, second), chunk.subarray(second)]
      .filter(({ length }) => length > 0)
      .map((piece) => Buffer.from(piece))
  }

  #applyPause(): void {
    const pauses = this.#isPaused || this.#waiting.length >= waitingMax
    if (pauses === this.#isInnerPaused) return
    this.#isInnerPaused = pauses
    if (pauses) this.#inner.pause()
    else this.#inner.resume()
  }

  #schedule(delayMs: number): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#owner.schedule(delayMs, () => {
      this.#isScheduled = false
      this.#deliver()
    })
  }

  /** One chunk an event. A close comes behind all that came before it. */
  #deliver(): void {
    const hasWaiting = this.#waiting.length > 0
    if (hasWaiting && this.#isPaused) return
    const chunk = this.#waiting.shift()
    this.#applyPause()
    if (chunk !== undefined) {
      if (chunk.length > 0) this.#receiver?.onChunk(chunk)
      // One call an event: promises that it has settled are through before the next call, as they are in a real process.
      if (this.#waiting.length > 0 || this.#truncated || this.#closed !== undefined) this.#schedule(0)
      return
    }
    if (this.#truncated && !this.#isDropped) return this.#owner.cut()
    if (this.#closed === undefined) return
    const receiver = this.#receiver
    this.#receiver = undefined
    receiver?.onClose(this.#closed.cause)
  }
}
