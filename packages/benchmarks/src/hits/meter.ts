import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import { createCache } from '@clusterbus/cache'
import { type Bus, createBus } from '@clusterbus/client'
import { LRUCache } from 'lru-cache'

export type HitCache = 'clusterbus' | 'lru-cache'

/** CPU time that a read takes that finds something, in nanoseconds. */
export interface HitCost {
  readonly getNs: number
  readonly ttlGetNs: number
  readonly fetchNs: number
}

export function isHitCache(name: unknown): name is HitCache {
  return name === 'clusterbus' || name === 'lru-cache'
}

/** A cache that is full. */
interface FullCache {
  get(key: string): unknown
  fetch(key: string): Promise<unknown>
}

interface Entry {
  readonly key: string
}

const entries = 10_000
const ttlMs = 60_000
/** Reads between two looks at the clock. */
const batchReads = 16_384
/** Batches in which something was not found, and what is waited after one, in milliseconds. */
const interruptionsMax = 20
const pauseMs = 100
const keys = Array.from({ length: entries }, (_, n) => `user:${n}`)
/** At random, so that neither the processor nor the list of what was used last can foresee it. */
const read = Array.from({ length: batchReads }, () => keys[Math.floor(Math.random() * entries)] ?? '')

/** Fills two caches, one of them with a ttl, and makes what measures reads from them. */
export async function hitMeter(name: HitCache): Promise<(ms: number) => Promise<HitCost>> {
  const make = name === 'lru-cache' ? fullLruCache : fullCache
  const bus = createBus()
  const [plain, expiring] = [await make(0, bus), await make(ttlMs, bus)]
  return async (ms) => ({
    getNs: await timed(ms, () => getAll(plain)),
    ttlGetNs: await timed(ms, () => getAll(expiring)),
    fetchNs: await timed(ms, () => fetchAll(plain)),
  })
}

async function fullCache(ttl: number, bus: Bus): Promise<FullCache> {
  const cache = createCache<string, Entry | undefined>(bus, {
    name: `ttl-${ttl}`,
    max: entries,
    ...(ttl > 0 && { ttl }),
  })
  await cache.ready()
  for (const key of keys) await cache.fetch(key, () => ({ key }))
  return { get: (key) => cache.get(key), fetch: (key) => cache.fetch(key, missing) }
}

async function fullLruCache(ttl: number): Promise<FullCache> {
  const options = { max: entries, ...(ttl > 0 && { ttl }) }
  const cache = new LRUCache<string, Entry>(options)
  // One of its own, because a get is slower where there is a method to fetch.
  const fetching = new LRUCache<string, Entry>({ ...options, fetchMethod: missing })
  for (const key of keys) {
    cache.set(key, { key })
    fetching.set(key, { key })
  }
  return { get: (key) => cache.get(key), fetch: (key) => fetching.fetch(key) }
}

function missing(): undefined {
  return undefined
}

function getAll(cache: FullCache): number {
  let hits = 0
  for (const key of read) if (cache.get(key) !== undefined) hits += 1
  return hits
}

async function fetchAll(cache: FullCache): Promise<number> {
  let hits = 0
  for (const key of read) if ((await cache.fetch(key)) !== undefined) hits += 1
  return hits
}

/** Between batches the event loop has its turn, as in a server: it renews the lease. */
async function timed(ms: number, readAll: () => number | Promise<number>): Promise<number> {
  let spentNs = 0
  let batches = 0
  let interrupted = 0
  while (spentNs < ms * 1e6) {
    const before = process.cpuUsage()
    const hits = await readAll()
    const { user, system } = process.cpuUsage(before)
    await turn()
    if (hits === batchReads) {
      spentNs += (user + system) * 1_000
      batches += 1
      continue
    }
    // A process that did not get to run for long enough has lost its lease meanwhile, and gets it back.
    interrupted += 1
    if (interrupted > interruptionsMax) throw new Error(`${batchReads - hits} reads have found nothing`)
    await pause(pauseMs)
  }
  return spentNs / (batches * batchReads)
}
