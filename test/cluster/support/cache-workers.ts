import type { KeepsACache, KeptCacheOptions } from '../fixtures/keeps-a-cache.ts'
import type { Watched } from '../fixtures/support/watch.ts'
import { forkWorker, type TestWorker } from './workers.ts'

export type CacheWorker = TestWorker<KeepsACache>

/** Forks a worker that holds the cache. */
export async function cacheWorker(options: KeptCacheOptions): Promise<CacheWorker> {
  const worker = forkWorker<KeepsACache>('keeps-a-cache')
  await worker.call('open', options)
  return worker
}

/** Three of them. */
export function cacheWorkers(options: KeptCacheOptions): Promise<[CacheWorker, CacheWorker, CacheWorker]> {
  return Promise.all([cacheWorker(options), cacheWorker(options), cacheWorker(options)])
}

/** When the last read began that returned this version; `-Infinity` if none did. */
export function lastSeenMs({ sightings }: Watched, version: number): number {
  return sightings.find((sighting) => sighting.version === version)?.lastMs ?? -Infinity
}

/** Whether a worker tells that it loads that key. */
export function isLoading(report: unknown, key: string): boolean {
  return typeof report === 'object' && report !== null && 'loading' in report && report.loading === key
}
