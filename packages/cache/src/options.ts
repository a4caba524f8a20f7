import {
  assertCount,
  assertFunction,
  assertOneOf,
  assertOptions,
  assertTtl,
  badArgument,
  shown,
} from './check-arguments.ts'
import type { Key } from './keys.ts'
import type { CacheTerms } from '@clusterbus/client'

/** How a cache is kept. All workers must give the same, but for `sizeOf`. */
export interface CacheOptions<K extends Key, V> {
  /** Which cache it is: those of one name in all workers are coherent. */
  readonly name: string
  /** Most entries; the least recently used make room. Default 10,000, or no limit of its own where `maxSize` is given. */
  readonly max?: number
  /** Most that `sizeOf` may say of all entries. A larger value is not stored. */
  readonly maxSize?: number
  /** Size of an entry, bytes for instance: a finite number from 0, rounded up to a whole one from 1. Goes with `maxSize`. */
  readonly sizeOf?: (value: V, key: K) => number
  /** Milliseconds that an entry lives, from when it was stored. Without it, until it is invalidated. */
  readonly ttl?: number
  /**
   * Who loads once: `'worker'`, the default, each worker for itself; `'cluster'`, all together: one loads, the others wait
   * for it and do what `share` says.
   */
  readonly singleFlight?: 'worker' | 'cluster'
  /**
   * What those do who have waited for another worker: `'load'`, the default, load their own copy; `'value'`, take its
   * value, as the bus's codec carries it. Goes with `singleFlight: 'cluster'`.
   */
  readonly share?: 'value' | 'load'
  /**
   * For so many milliseconds after an entry was invalidated or has expired, `fetch` may answer with it when the load
   * fails. Gives up for that long that nothing stale is returned. Off by default.
   */
  readonly staleIfError?: number
  /**
   * For so many milliseconds after an entry was invalidated or has expired, `fetch` answers with it at once and loads
   * behind. Gives up for that long that nothing stale is returned. Off by default.
   */
  readonly staleWhileRevalidate?: number
}

/** Options with nothing left open. */
export interface ResolvedOptions<K extends Key, V> {
  readonly name: string
  /** 0 where only `maxSize` limits. */
  readonly max: number
  readonly maxSize: number
  readonly sizeOf: ((value: V, key: K) => number) | undefined
  readonly ttl: number
  readonly singleFlight: 'worker' | 'cluster'
  readonly share: 'value' | 'load'
  readonly staleIfError: number
  readonly staleWhileRevalidate: number
}

const known = [
  'name',
  'max',
  'maxSize',
  'sizeOf',
  'ttl',
  'singleFlight',
  'share',
  'staleIfError',
  'staleWhileRevalidate',
]

const defaultMax = 10_000
/** What a Map can hold. lru-cache reserves memory for `max` entries at once. */
const largestMax = 2 ** 24

export function resolveOptions<K extends Key, V>(options: CacheOptions<K, V>): ResolvedOptions<K, V> {
  const call = 'createCache'
  assertOptions(options, call, known)
  const { name, max, maxSize, sizeOf, ttl, singleFlight, share, staleIfError, staleWhileRevalidate } = options
  if (typeof name !== 'string' || name === '') {
    throw badArgument('name', `${call}: name must be a string that is not empty, not ${shown(name)}`)
  }
  assertCount(max, 'max', call, largestMax)
  assertCount(maxSize, 'maxSize', call, Number.MAX_SAFE_INTEGER)
  if (sizeOf !== undefined) assertFunction(sizeOf, 'sizeOf', call)
  if ((sizeOf === undefined) !== (maxSize === undefined)) {
    throw badArgument('sizeOf', `${call}: maxSize and sizeOf go together; give both or neither`)
  }
  assertTtl(ttl, 'ttl', call)
  assertOneOf(singleFlight, 'singleFlight', call, ['worker', 'cluster'])
  assertOneOf(share, 'share', call, ['value', 'load'])
  if (share !== undefined && singleFlight !== 'cluster') {
    throw badArgument('share', `${call}: share is only for singleFlight: 'cluster'`)
  }
  assertTtl(staleIfError, 'staleIfError', call)
  assertTtl(staleWhileRevalidate, 'staleWhileRevalidate', call)
  return {
    name,
    max: max ?? (maxSize === undefined ? defaultMax : 0),
    maxSize: maxSize ?? 0,
    sizeOf,
    ttl: ttl ?? 0,
    singleFlight: singleFlight ?? 'worker',
    share: share ?? 'load',
    staleIfError: staleIfError ?? 0,
    staleWhileRevalidate: staleWhileRevalidate ?? 0,
  }
}

/** What all who hold the cache must agree on: what is in force, whether it was given or not. */
export function termsOf<K extends Key, V>(options: ResolvedOptions<K, V>): CacheTerms {
  const { max, maxSize, ttl, singleFlight, share, staleIfError, staleWhileRevalidate } = options
  return { max, maxSize, ttl, singleFlight, share, staleIfError, staleWhileRevalidate }
}
