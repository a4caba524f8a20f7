import type { BusError, CacheTerms, Selector } from '@clusterbus/protocol'
import type { CacheHolder, Claim, HeldCache, InvalidateOptions, Invalidation } from '../../caching.ts'
import type { Lease } from './lease.ts'

export interface HoldOwner {
  readonly lease: Lease
  now(): number
  invalidate(
    hold: LocalHold,
    selectors: readonly Selector[],
    options: InvalidateOptions | undefined,
  ): Promise<Invalidation>
  claim(hold: LocalHold, key: string, signal: AbortSignal | undefined): Promise<Claim>
  close(hold: LocalHold): void
}

/** A cache that this bus holds. */
export class LocalHold implements HeldCache {
  readonly id: number
  readonly name: string
  readonly terms: CacheTerms
  readonly ready: Promise<void>
  /** The broker's number for it while it is held. */
  number: number | undefined
  isClosed = false
  readonly #holder: CacheHolder
  readonly #owner: HoldOwner
  #resolve: () => void = () => undefined
  #reject: (error: BusError) => void = () => undefined

  constructor(id: number, name: string, terms: CacheTerms, holder: CacheHolder, owner: HoldOwner) {
    this.id = id
    this.name = name
    this.terms = terms
    this.#holder = holder
    this.#owner = owner
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever asks hears of it; nobody has to ask.
    this.ready.catch(() => undefined)
  }

  get isFresh(): boolean {
    return !Number.isNaN(this.freshNow())
  }

  get fencedMs(): number {
    return this.#owner.lease.fencedMs
  }

  now(): number {
    return this.#owner.now()
  }

  freshNow(): number {
    return this.number === undefined ? NaN : this.#owner.lease.freshNow()
  }

  invalidate(selectors: readonly Selector[], options?: InvalidateOptions): Promise<Invalidation> {
    return this.#owner.invalidate(this, selectors, options)
  }

  claim(key: string, signal?: AbortSignal): Promise<Claim> {
    return this.#owner.claim(this, key, signal)
  }

  close(): void {
    this.#owner.close(this)
  }

  evict(selectors: readonly Selector[]): void {
    this.#holder.evict(selectors)
  }

  /** The broker tells of invalidations from now on. */
  held(number: number): void {
    this.number = number
    this.leased()
  }

  /** There is a lease, which alone is not enough. */
  leased(): void {
    if (this.isFresh) this.#resolve()
  }

  /** The broker does not let this bus hold it, or it is over. */
  refused(error: BusError): void {
    this.#reject(error)
  }

  /** Nothing is held any more: the link is gone, or it is over. */
  reset(): void {
    this.number = undefined
    this.#holder.reset()
  }
}
