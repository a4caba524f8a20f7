import type { CacheStats } from './counters.ts'
import type { Key } from './keys.ts'
import type { TagsOf } from './load.ts'
import type { Bus, Invalidation, InvalidateOptions } from '@clusterbus/client'

/** What of a bus a cache needs. */
export type CacheBus = Pick<Bus, 'holdCache'>

/** What a loader is called with. */
export interface LoadContext<K extends Key> {
  readonly key: K
  /** Aborted when nobody waits for the value any more, or the cache is closed: the value would be thrown away. */
  readonly signal: AbortSignal
}

/** Gets the value from where it is true. `undefined` says that there is none, and is not stored; `null` is stored. */
export type Loader<K extends Key, V> = (context: LoadContext<K>) => V | Promise<V>

/** How a value is fetched. When a load is joined, the tags and the ttl are those of whoever began it. */
export interface FetchOptions<V> {
  /**
   * What `invalidateTags` may name it by, at most 256; or a function of the value. As long as the function cannot be asked,
   * any invalidation of a tag voids the load.
   */
  readonly tags?: TagsOf<V>
  /** Milliseconds that the entry lives, in place of the cache's `ttl`. */
  readonly ttl?: number
  /** Ends this wait when aborted, with `ABORTED`. The load goes on as long as others wait for it. */
  readonly signal?: AbortSignal
}

export interface SetOptions {
  /** What `invalidateTags` may name it by, at most 256. */
  readonly tags?: readonly string[]
  /** Milliseconds that the entry lives, in place of the cache's `ttl`. */
  readonly ttl?: number
}

/**
 * One worker's part in a cache that all workers of a cluster hold. When a call that invalidates has resolved, no `get` and
 * no `fetch` that starts afterwards, in any worker, returns a value that was loaded before it; unless `staleIfError` or
 * `staleWhileRevalidate` allow it.
 *
 * Values are handed out as they are, the same object to everybody: whoever changes one, changes it for all in this worker.
 *
 * Calls that invalidate void this worker's copies in the call itself. They resolve when each other worker that holds the
 * cache has voided its copies, or, where one does not answer, when its lease has run out. They throw `BAD_OPTION` for
 * arguments that they cannot take, and then nothing is voided. They reject with `TIMEOUT`, `ABORTED`, `QUEUE_FULL`,
 * `CLOSED`, or `DISCONNECTED` where the cache was closed meanwhile; then nobody knows which other workers have voided their copies: call again. Where nobody looks at the promise,
 * that is no unhandled rejection.
 */
export interface Cache<K extends Key, V> extends Disposable {
  readonly name: string
  /**
   * The value: from memory, from a load that is under way, or from the loader. A load that is overtaken by an invalidation
   * still answers those who came before that, but it is not stored, and who comes later begins another. Rejects with what
   * the loader throws, which is not remembered, with `ABORTED`, `CLOSED`, `BAD_OPTION`, and with `NOT_ALLOWED` for a loader
   * that fetches its own key before it returns.
   */
  fetch(key: K, loader: Loader<K, V>, options?: FetchOptions<V>): Promise<V>
  /** The value in memory. `undefined` when there is none, or it may not be served now. Throws `BAD_OPTION`. */
  get(key: K): V | undefined
  /** Whether `get` would find it. It does not count as used. Throws `BAD_OPTION`. */
  has(key: K): boolean
  /** As `get`, but it does not count as used, nor in `stats`. Throws `BAD_OPTION`. */
  peek(key: K): V | undefined
  /**
   * Stores a value here, unless it may not be served now, and invalidates the key in all other workers. `undefined` only
   * invalidates.
   */
  set(key: K, value: V, options?: SetOptions): Promise<Invalidation>
  /** Invalidates one key or several. */
  invalidate(key: K | readonly K[], options?: InvalidateOptions): Promise<Invalidation>
  /** Invalidates all entries that have one of the tags. */
  invalidateTags(tags: readonly string[], options?: InvalidateOptions): Promise<Invalidation>
  /** Invalidates all entries whose key is a string that begins so. */
  invalidatePrefix(prefix: string, options?: InvalidateOptions): Promise<Invalidation>
  /** Invalidates all entries. */
  clear(options?: InvalidateOptions): Promise<Invalidation>
  /**
   * Resolves when values can be kept; until then each `fetch` loads. Rejects with `BAD_OPTION` when other workers hold a
   * cache of this name with other options, and says which: then it keeps none before those are gone, but what it
   * invalidates is invalidated. Rejects with `CLOSED`.
   */
  ready(): Promise<void>
  /** What it has counted and holds. */
  stats(): CacheStats
  /** Drops all copies and takes no more part. Whoever waits for a load gets `CLOSED`. The bus stays open. Idempotent. */
  close(): void
}
