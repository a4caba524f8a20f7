import { createHistogram } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { PeerCache, PeerConnection } from '../peers/peer.ts'
import { type Latency, latencyOf } from './tally.ts'
import { nowNs } from './usage.ts'

/** What a worker does with a cache when it is told. */
export interface CacheApi {
  openCache(entries: number): Promise<void>
  /** Keeps as many entries as the cache was opened for. */
  fillCache(): Promise<void>
  /** Voids one key after the other for a while, in so many tasks side by side. */
  invalidateFor(plan: InvalidatePlan): Promise<Invalidated>
  /** Voids all keys with one call. */
  invalidateAll(): Promise<BatchInvalidated>
  /** Waits until nothing is kept any more. */
  cacheEmptied(quietMs: number): Promise<CacheEmptied>
}

interface InvalidatePlan {
  readonly ms: number
  /** Tasks that each void the next key when the one before is acknowledged. */
  readonly inFlight: number
}

interface Invalidated {
  readonly perSecond: number
  /** From the call until it was acknowledged. */
  readonly latency: Latency
}

interface BatchInvalidated {
  readonly startedAtNs: number
  readonly acknowledgedAtNs: number
}

interface CacheEmptied {
  /** When the last entry was seen to be gone. */
  readonly atNs: number
  /** Entries that stayed for `quietMs`. */
  readonly left: number
}

/** How often an entry is looked for, in milliseconds. */
const lookEveryMs = 1

export function cacheApi(connection: PeerConnection): CacheApi {
  let keys: readonly string[] = []
  let cache: PeerCache | undefined

  function opened(): PeerCache {
    if (cache === undefined) throw new Error('this worker has no cache')
    return cache
  }

  return {
    async openCache(entries) {
      keys = Array.from({ length: entries }, (_, n) => `user:${n}`)
      cache = await connection.openCache?.(entries)
    },
    async fillCache() {
      for (const key of keys) await opened().keep(key)
    },
    invalidateFor: (plan) => invalidateFor(opened(), keys, plan),
    async invalidateAll() {
      const startedAtNs = nowNs()
      await opened().invalidate(keys)
      return { startedAtNs, acknowledgedAtNs: nowNs() }
    },
    cacheEmptied: (quietMs) => emptied(opened(), keys, quietMs),
  }
}

async function invalidateFor(
  cache: PeerCache,
  keys: readonly string[],
  { ms, inFlight }: InvalidatePlan,
): Promise<Invalidated> {
  const histogram = createHistogram()
  const startedAtNs = nowNs()
  const endAtNs = startedAtNs + ms * 1e6
  let calls = 0

  async function task(): Promise<void> {
    for (let now = nowNs(); now < endAtNs;) {
      await cache.invalidate([keys[calls++ % keys.length] ?? ''])
      const acknowledgedAtNs = nowNs()
      histogram.record(Math.max(1, acknowledgedAtNs - now))
      now = acknowledgedAtNs
    }
  }

  await Promise.all(Array.from({ length: inFlight }, task))
  return { perSecond: calls / ((nowNs() - startedAtNs) / 1e9), latency: latencyOf(histogram) }
}

async function emptied(cache: PeerCache, keys: readonly string[], quietMs: number): Promise<CacheEmptied> {
  const endAtNs = nowNs() + quietMs * 1e6
  let left = keys.length
  // What was voided last goes last, so that is all that is looked for as long as it is there.
  while (left > 0) {
    const key = keys[left - 1] ?? ''
    if (!(await cache.holds(key))) left -= 1
    else if (nowNs() > endAtNs) return { atNs: nowNs(), left: await count(cache, keys) }
    else await pause(lookEveryMs)
  }
  return { atNs: nowNs(), left }
}

async function count(cache: PeerCache, keys: readonly string[]): Promise<number> {
  let kept = 0
  for (const key of keys) if (await cache.holds(key)) kept += 1
  return kept
}
