import { LRUCache } from 'lru-cache'
import { badArgument, shown } from './check-arguments.ts'
import type { Counters } from './counters.ts'
import type { Key } from './keys.ts'
import type { ResolvedOptions } from './options.ts'
import type { HeldCache } from '@clusterbus/client'
import { StaleCopies, type StaleCopy } from './stale-copies.ts'
import { TagIndex } from './tag-index.ts'

/** What the store needs to know of the bus. */
export type Lease = Pick<HeldCache, 'freshNow' | 'now'>

/** lru-cache cannot hold `undefined`, and the cache never gives it any. Its types leave out `null` as well. */
type Stored<V> = V & {}

/**
 * The copies of one worker. LRU, size and ttl are lru-cache's; values lie in it as they are, because a hit can afford no
 * object around them. Whatever reads a copy asks the lease first.
 */
export class EntryStore<K extends Key, V> {
  readonly #lease: Lease
  readonly #options: ResolvedOptions<K, V>
  readonly #counters: Counters
  readonly #copies: LRUCache<K, Stored<V>>
  readonly #tags = new TagIndex<K>()
  readonly #stale: StaleCopies<K, V> | undefined
  /** The time of the read under way. lru-cache takes a start of 0 for none, so its time begins later. */
  #readMs = 1

  constructor(options: ResolvedOptions<K, V>, lease: Lease, counters: Counters) {
    this.#options = options
    this.#lease = lease
    this.#counters = counters
    const { max, maxSize, ttl, staleIfError, staleWhileRevalidate } = options
    const keepsStale = staleIfError > 0 || staleWhileRevalidate > 0
    if (keepsStale) this.#stale = new StaleCopies(options)
    this.#copies = new LRUCache({
      max,
      maxSize,
      ttl,
      // A time that is kept for later reads would let a process that was stopped serve what has expired.
      ttlResolution: 0,
      perf: { now: () => this.#readMs },
      noDeleteOnStaleGet: keepsStale,
      dispose: (_, key, reason) => this.#gone(key, reason),
    })
  }

  get entries(): number {
    return this.#copies.size
  }

  get size(): number {
    return this.#copies.calculatedSize
  }

  /** Tags in use, for whoever wants to know that they go with their entries. */
  get tags(): number {
    return this.#tags.size
  }

  /** A hit is served only while the lease is fresh at the moment of the read, by a clock that is read now. */
  get(key: K): V | undefined {
    return this.#mayRead() ? this.#copies.get(key) : undefined
  }

  peek(key: K): V | undefined {
    return this.#mayRead() ? this.#copies.peek(key) : undefined
  }

  has(key: K): boolean {
    return this.#mayRead() && this.#copies.has(key)
  }

  /** A copy that is void or has expired, but for less than `windowMs`. Without a lease nobody knows since when. */
  staleCopy(key: K, windowMs: number): V | undefined {
    if (windowMs === 0 || !this.#mayRead()) return undefined
    const copy = this.#expiredCopy(key) ?? this.#stale?.get(key)
    return copy !== undefined && this.#now() - copy.sinceMs < windowMs ? copy.value : undefined
  }

  /**
   * Stores a value of that size in place of what was there. `undefined` only takes that away; so does a value that is too
   * large.
   */
  set(key: K, value: V, size: number, tags: readonly string[], ttl: number = this.#options.ttl): void {
    this.delete(key)
    if (value === undefined || size > this.#options.maxSize) return
    this.#readMs = this.#now()
    this.#copies.set(key, value as Stored<V>, size === 0 ? { ttl } : { ttl, size })
    this.#tags.link(key, tags)
  }

  /** Takes a copy away, and any stale one. */
  delete(key: K): void {
    this.#copies.delete(key)
    this.#stale?.delete(key)
  }

  /** An invalidation has named this key. */
  voidKey(key: K): void {
    this.#keepStale(key)
    if (this.#copies.delete(key)) this.#counters.voided += 1
  }

  voidTag(tag: string): void {
    for (const key of this.#tags.keys(tag)) this.voidKey(key)
  }

  voidWhere(isVoid: (key: K) => boolean): void {
    // Taken down first: lru-cache does not say what its iterator does about deletions. Expired ones would be left out.
    this.#readMs = 0
    const voided = [...this.#copies.keys()].filter((key) => isVoid(key))
    for (const key of voided) this.voidKey(key)
  }

  voidAll(): void {
    if (this.#stale === undefined) this.reset()
    else this.voidWhere(() => true)
  }

  /** Nothing is left, not even what could be served stale: nobody knows since when it is. */
  reset(): void {
    this.#counters.voided += this.#copies.size
    this.#copies.clear()
    this.#stale?.clear()
  }

  /** What the value takes, 0 where sizes are not told. Runs code of the app. Throws `BAD_OPTION`, and what that throws. */
  sizeOf(value: V, key: K): number {
    const { sizeOf } = this.#options
    if (sizeOf === undefined || value === undefined) return 0
    const size = sizeOf(value, key)
    if (Number.isFinite(size) && size >= 0) return Math.max(1, Math.ceil(size))
    throw badArgument(
      'sizeOf',
      `the cache ${shown(this.#options.name)}: sizeOf must return a finite number from 0, not ${shown(size)}`,
    )
  }

  #mayRead(): boolean {
    const now = this.#lease.freshNow()
    if (Number.isNaN(now)) return false
    this.#readMs = now + 1
    return true
  }

  #now(): number {
    return this.#lease.now() + 1
  }

  #gone(key: K, reason: LRUCache.DisposeReason): void {
    this.#tags.unlink(key)
    if (reason === 'evict') this.#counters.evicted += 1
  }

  #keepStale(key: K): void {
    if (this.#stale === undefined) return
    const value = this.#copies.peek(key, { allowStale: true })
    if (value === undefined) return
    const copy = this.#expiredCopy(key) ?? { value, sinceMs: this.#now() }
    this.#stale.keep(key, copy, this.#options.maxSize === 0 ? undefined : this.#copies.info(key)?.size)
  }

  /** What lies in the cache and has expired. */
  #expiredCopy(key: K): StaleCopy<V> | undefined {
    if (this.#stale === undefined) return undefined
    this.#readMs = this.#now()
    const remaining = this.#copies.getRemainingTTL(key)
    const value = this.#copies.peek(key, { allowStale: true })
    if (value === undefined || remaining >= 0) return undefined
    return { value, sinceMs: this.#readMs + remaining }
  }
}
