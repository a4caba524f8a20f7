import { assertFetch, assertInvalidate, assertSet, assertTexts, callOf } from './arguments.ts'
import type { Cache, CacheBus, FetchOptions, Loader, SetOptions } from './cache.ts'
import { newCounters, type CacheStats } from './counters.ts'
import { EntryStore } from './entry-store.ts'
import { abortedError, closedError, ownLoadError } from './errors.ts'
import { assertKey, assertText, type Key, keySelector } from './keys.ts'
import type { Load } from './load.ts'
import { run } from './loading.ts'
import { Loads } from './loads.ts'
import { type ResolvedOptions, termsOf } from './options.ts'
import type { HeldCache, Invalidation, InvalidateOptions, Selector } from '@clusterbus/client'
import { voidSelected } from './void-selected.ts'

const noOptions = Object.freeze({})
const noTags: readonly string[] = Object.freeze([])

export class CoherentCache<K extends Key, V> implements Cache<K, V> {
  readonly name: string
  readonly #options: ResolvedOptions<K, V>
  readonly #counters = newCounters()
  readonly #held: HeldCache
  readonly #store: EntryStore<K, V>
  readonly #loads: Loads<K, V>
  #isClosed = false

  constructor(bus: CacheBus, options: ResolvedOptions<K, V>) {
    this.name = options.name
    this.#options = options
    this.#loads = new Loads(this.#counters)
    this.#held = bus.holdCache(options.name, termsOf(options), {
      evict: (selectors) => this.#told(selectors),
      reset: () => this.#reset(),
    })
    this.#store = new EntryStore(options, this.#held, this.#counters)
  }

  get(key: K): V | undefined {
    const value = this.#store.get(key)
    if (value === undefined) {
      // Only what could be a key is ever stored, so a hit need not look.
      assertKey(key, 'get')
      this.#counters.misses += 1
      return undefined
    }
    this.#counters.hits += 1
    return value
  }

  has(key: K): boolean {
    if (this.#store.has(key)) return true
    assertKey(key, 'has')
    return false
  }

  peek(key: K): V | undefined {
    const value = this.#store.peek(key)
    if (value === undefined) assertKey(key, 'peek')
    return value
  }

  fetch(key: K, loader: Loader<K, V>, options: FetchOptions<V> = noOptions): Promise<V> {
    const value = this.#store.get(key)
    if (value === undefined) return this.#fetchMissing(key, loader, options)
    this.#counters.hits += 1
    return Promise.resolve(value)
  }

  set(key: K, value: V, options: SetOptions = noOptions): Promise<Invalidation> {
    const call = callOf('set', key)
    assertSet(key, value, options, call)
    // Before anything is voided: it is the app's, and may throw.
    const size = this.#store.sizeOf(value, key)
    const told = this.#invalidate([keySelector(key)], undefined, call)
    if (!this.#isClosed && this.#held.isFresh) {
      this.#store.set(key, value, size, [...(options.tags ?? noTags)], options.ttl)
    }
    return told
  }

  invalidate(key: K | readonly K[], options?: InvalidateOptions): Promise<Invalidation> {
    const call = 'invalidate'
    const keys: readonly unknown[] = Array.isArray(key) ? key : [key]
    const selectors = keys.map((one) => {
      assertKey(one, call)
      return keySelector(one)
    })
    if (options !== undefined) assertInvalidate(options, call)
    return this.#invalidate(selectors, options, call)
  }

  invalidateTags(tags: readonly string[], options?: InvalidateOptions): Promise<Invalidation> {
    const call = 'invalidateTags'
    assertTexts(tags, 'tag', 'tags', call)
    if (options !== undefined) assertInvalidate(options, call)
    const selectors = tags.map((text): Selector => ({ kind: 'tag', text }))
    return this.#invalidate(selectors, options, call)
  }

  invalidatePrefix(prefix: string, options?: InvalidateOptions): Promise<Invalidation> {
    const call = 'invalidatePrefix'
    assertText(prefix, 'prefix', call)
    if (options !== undefined) assertInvalidate(options, call)
    return this.#invalidate([{ kind: 'prefix', text: prefix }], options, call)
  }

  clear(options?: InvalidateOptions): Promise<Invalidation> {
    if (options !== undefined) assertInvalidate(options, 'clear')
    return this.#invalidate([{ kind: 'all', text: '' }], options, 'clear')
  }

  async ready(): Promise<void> {
    if (this.#isClosed) throw closedError('ready')
    return this.#held.ready
  }

  stats(): CacheStats {
    const { entries, size } = this.#store
    return { ...this.#counters, entries, size, loading: this.#loads.size, fencedMs: this.#held.fencedMs }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#held.close()
    this.#reset()
    this.#loads.stop(closedError('fetch'))
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** All that a call does before its first wait, it does in the call itself. */
  async #fetchMissing(key: K, loader: Loader<K, V>, options: FetchOptions<V>): Promise<V> {
    const call = callOf('fetch', key)
    assertFetch(key, loader, options, call)
    const { tags = noTags, ttl, signal } = options
    if (this.#isClosed) throw closedError(call)
    if (signal?.aborted === true) throw abortedError(call, signal)
    this.#counters.misses += 1
    // While the lease has run out, a load under way may have been overtaken without this worker knowing: each loads alone.
    const isFresh = this.#held.isFresh
    const underWay = isFresh ? this.#loads.find(key) : undefined
    const terms = { key, tags: typeof tags === 'function' ? tags : [...tags], ttl, call }
    const stale = this.#store.staleCopy(key, this.#options.staleWhileRevalidate)
    if (stale !== undefined) {
      this.#counters.stale += 1
      if (underWay === undefined) this.#run(this.#loads.begin(terms, isFresh, true), loader)
      return stale
    }
    if (underWay !== undefined) {
      if (underWay.isCalling) throw ownLoadError(call)
      this.#counters.joined += 1
      return underWay.join(signal, call)
    }
    const load = this.#loads.begin(terms, isFresh, false)
    // The reader comes first: the loader may close the cache, or abort.
    const answer = load.join(signal, call)
    this.#run(load, loader)
    return answer
  }

  #run(load: Load<K, V>, loader: Loader<K, V>): void {
    void run(
      { held: this.#held, options: this.#options, store: this.#store, loads: this.#loads, counters: this.#counters },
      load,
      loader,
    )
  }

  /** This worker's copies go in the call itself, before anything is sent: no answer can be older than that. */
  #invalidate(
    selectors: readonly Selector[],
    options: InvalidateOptions | undefined,
    call: string,
  ): Promise<Invalidation> {
    if (this.#isClosed) return ignorable(Promise.reject(closedError(call)))
    if (selectors.length === 0) return Promise.resolve({ members: 0, fenced: 0 })
    this.#counters.invalidationsSent += selectors.length
    voidSelected(selectors, this.#store, this.#loads)
    return ignorable(this.#held.invalidate(selectors, options))
  }

  #told(selectors: readonly Selector[]): void {
    this.#counters.invalidationsReceived += selectors.length
    voidSelected(selectors, this.#store, this.#loads)
  }

  #reset(): void {
    this.#store.reset()
    this.#loads.voidAll()
  }
}

/** Whoever does not wait for an answer must not be brought down by it. */
function ignorable<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => undefined)
  return answer
}
