import { FrameKind, layout, read } from '@clusterbus/protocol'
import type { LinkTap } from './tapped-link.ts'

/**
 * An account of what a member may serve, kept beside the product from what goes over its link: a lease lasts from when the
 * member had handed its question to the link, by the member's clock, and a cache is held from when the broker said so.
 */
export class LeaseAccount implements LinkTap {
  readonly #now: () => number
  readonly #lost: () => void
  readonly #asked = new Map<number, number>()
  readonly #names = new Map<number, string>()
  readonly #held = new Set<number>()
  #until = -Infinity

  /** `now` is the member's clock; `lost` is called when its link has closed, before its bus knows. */
  constructor(now: () => number, lost: () => void) {
    this.#now = now
    this.#lost = lost
  }

  /** Whether the member may serve from that cache now. */
  mayServe(cache: string): boolean {
    return this.#now() < this.#until && this.holds(cache)
  }

  holds(cache: string): boolean {
    for (const id of this.#held) if (this.#names.get(id) === cache) return true
    return false
  }

  said(bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start + 4]
    const number = end - start >= 12 ? layout.readU32(bytes, start + layout.baseBytes) : 0
    if (kind === FrameKind.RENEW) this.#asked.set(number, this.#asked.get(number) ?? this.#now())
    if (kind === FrameKind.CACHE) {
      const { name } = read.parseObject(bytes.toString('utf8', start + layout.claimBytes, end))
      this.#names.set(number, String(name))
    }
    if (kind === FrameKind.UNCACHE) this.#held.delete(number)
  }

  heard(bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start + 4]
    if (kind === FrameKind.LEASE) {
      const [number = 0, leaseMs = 0] = read.readNumbers(bytes, start, end, 2)
      this.#until = Math.max(this.#until, (this.#asked.get(number) ?? -Infinity) + leaseMs)
    }
    if (kind !== FrameKind.CACHED) return
    const isRefused = ((bytes[start + 5] ?? 0) & layout.flagRefused) !== 0
    if (!isRefused) this.#held.add(layout.readU32(bytes, start + layout.baseBytes))
  }

  closed(): void {
    this.#until = -Infinity
    this.#asked.clear()
    this.#names.clear()
    this.#held.clear()
    this.#lost()
  }
}
