/** What a cache has counted since it was created, and what it holds now: plain JSON. */
export interface CacheStats {
  /** Calls of `get` and `fetch` that were answered from memory. */
  hits: number
  /** Calls of `get` and `fetch` that were not. */
  misses: number
  /** Loaders that were called. */
  loads: number
  /** Calls of `fetch` that waited for a load that another had begun in this worker. */
  joined: number
  /** Values that another worker has loaded and given to this one. */
  shared: number
  /** Loads that were not stored, because what they loaded was invalidated while they ran. */
  loadsVoided: number
  /** Loads that ended with an error, of the loader or of `tags` and `sizeOf`. */
  loadsFailed: number
  /** Calls of `fetch` that were answered with a stale value, as `staleIfError` or `staleWhileRevalidate` allow. */
  stale: number
  /** Keys, tags and prefixes that this worker has invalidated; `clear` is one, and so is `set`. */
  invalidationsSent: number
  /** Those of which other workers have told. */
  invalidationsReceived: number
  /** Entries that were voided here by an invalidation or a lost link. */
  voided: number
  /** Entries that had to make room for others. */
  evicted: number
  /** Entries now, with those that have expired and were not asked for since. */
  entries: number
  /** What `sizeOf` says of them in all; 0 without `maxSize`. */
  size: number
  /** Loads under way. */
  loading: number
  /** How long nothing could be served for want of a lease since the cache was first ready, in milliseconds. */
  fencedMs: number
}

/** What is counted as it happens. */
export type Counters = Omit<CacheStats, 'entries' | 'size' | 'loading' | 'fencedMs'>

export function newCounters(): Counters {
  return {
    hits: 0,
    misses: 0,
    loads: 0,
    joined: 0,
    shared: 0,
    loadsVoided: 0,
    loadsFailed: 0,
    stale: 0,
    invalidationsSent: 0,
    invalidationsReceived: 0,
    voided: 0,
    evicted: 0,
  }
}
