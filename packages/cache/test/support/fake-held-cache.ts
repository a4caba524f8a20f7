import { BusError } from '@clusterbus/client'
import type { CacheBus } from '../../src/index.ts'
import type { CacheHolder, CacheTerms, Claim, HeldCache, Invalidation, LoadedValue, Selector } from '@clusterbus/client'

/** A right to load that a test has asked for, and what became of it. */
export interface AskedClaim {
  readonly key: string
  readonly signal: AbortSignal | undefined
  /** What was done with the right: `failed`, `released`, or the value that was given. */
  readonly done: unknown[]
  grant(): void
  give(value: LoadedValue | undefined): void
  refuse(error: Error): void
}

/** The other half of a cache: its lease, its time and its invalidations are what the test says. */
export class FakeHeldCache implements HeldCache, CacheBus {
  name = ''
  terms: CacheTerms = {}
  isLeased = true
  ready: Promise<void> = Promise.resolve()
  fencedMs = 0
  nowMs = 0
  isClosed = false
  /** What was told to the others. */
  readonly told: Selector[][] = []
  readonly claims: AskedClaim[] = []
  answer: () => Promise<Invalidation> = () => Promise.resolve({ members: 2, fenced: 0 })
  #holder: CacheHolder | undefined

  get isFresh(): boolean {
    return this.isLeased && !this.isClosed
  }

  holdCache(name: string, terms: CacheTerms, holder: CacheHolder): HeldCache {
    this.name = name
    this.terms = terms
    this.#holder = holder
    return this
  }

  now(): number {
    return this.nowMs
  }

  freshNow(): number {
    return this.isFresh ? this.nowMs : NaN
  }

  invalidate(selectors: readonly Selector[]): Promise<Invalidation> {
    this.told.push([...selectors])
    return this.answer()
  }

  claim(key: string, signal?: AbortSignal): Promise<Claim> {
    const done: unknown[] = []
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new BusError('ABORTED', 'claim: aborted')))
      const release = (value?: LoadedValue): void => {
        done.push(value === undefined ? 'released' : value.data)
      }
      const grant = (): void => resolve({ mine: true, release, failed: () => done.push('failed') })
      const give = (value: LoadedValue | undefined): void => resolve({ mine: false, value })
      this.claims.push({ key, signal, done, grant, give, refuse: reject })
    })
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.reset()
  }

  /** Others have invalidated something. */
  evict(...selectors: Selector[]): void {
    this.#holder?.evict(selectors)
  }

  evictKey(key: string | number): void {
    this.evict({ kind: 'key', text: `${typeof key === 'string' ? 's' : 'n'}${key}` })
  }

  /** The link was lost. */
  reset(): void {
    this.#holder?.reset()
  }
}
