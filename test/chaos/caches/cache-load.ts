import { type Cache, createCache, type Invalidation } from '@clusterbus/cache'
import { type Bus, BusError } from '@clusterbus/client'
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../support/random.ts'
import { sharedMs } from '../../support/shared-ms.ts'
import type { Truth } from '../../support/truth.ts'
import { type Fault, faulty } from './faults.ts'
import { type CacheName, cacheNames, commonKeys, ownKey, prefixOf, tagOf } from './keys.ts'
import { NoteTaker } from './note-taker.ts'

export interface CacheLoadParts {
  readonly bus: Bus
  readonly serial: number
  readonly truth: Truth
  readonly random: Random
  readonly fault: Fault | undefined
  /** Has the next version of a key written, and resolves with it. */
  readonly write: (key: string) => Promise<number>
}

interface Kept {
  readonly cache: Cache<string, number>
  readonly keys: readonly string[]
  readonly ownKey: string
}

/** Readers and writers of each cache in one member. */
const clients = 5
/** Longest pause in a load and between two acts, in milliseconds. */
const pauseMs = 12

/** All that a member does with its caches, at random. */
export class CacheLoad {
  readonly #parts: CacheLoadParts
  readonly #caches: readonly Kept[]
  readonly #running: Promise<void>[] = []
  readonly notes: NoteTaker
  #isStopped = false

  constructor(parts: CacheLoadParts) {
    this.#parts = parts
    this.#caches = cacheNames.map((name) => this.#keep(name))
    this.notes = new NoteTaker(() => this.#caches.reduce((sum, { cache }) => sum + cache.stats().hits, 0))
  }

  /** Resolves when both caches keep values, and the work has begun. */
  async start(): Promise<void> {
    await Promise.all(this.#caches.map(({ cache }) => cache.ready()))
    for (const kept of this.#caches) {
      for (let client = 0; client < clients; client += 1) this.#running.push(this.#work(kept))
      this.#running.push(this.#setOwn(kept))
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#running)
  }

  /** Reads without letting anything else happen in this process. */
  readFor(ms: number): void {
    const { random } = this.#parts
    const untilMs = sharedMs() + ms
    while (sharedMs() < untilMs) {
      const { cache, keys } = random.pick(this.#caches)
      this.#get(cache, random.pick(keys))
    }
  }

  #keep(name: CacheName): Kept {
    const { bus, serial, fault } = this.#parts
    const cache = createCache<string, number>(faulty(bus, fault), {
      name,
      max: 1_000,
      ...(name === 'together' ? { singleFlight: 'cluster', share: 'value' } : {}),
    })
    return { cache, keys: commonKeys(name), ownKey: ownKey(name, serial) }
  }

  async #work(kept: Kept): Promise<void> {
    const { random } = this.#parts
    while (!this.#isStopped) {
      if (random.below(5) === 0) await this.#invalidate(kept)
      else if (random.below(8) === 0)
        for (let count = 0; count < 50; count += 1) this.#get(kept.cache, random.pick(kept.keys))
      else await this.#fetch(kept.cache, random.pick(kept.keys))
      await pause(random.below(pauseMs))
    }
  }

  /** Nobody else writes that key, so what is set is never older than what is invalidated. */
  async #setOwn({ cache, ownKey: key }: Kept): Promise<void> {
    const { write, random } = this.#parts
    while (!this.#isStopped) {
      const version = await write(key)
      await this.#resolved([key], () => cache.set(key, version))
      this.#get(cache, key)
      await pause(random.below(10 * pauseMs))
    }
  }

  #get(cache: Cache<string, number>, key: string): void {
    const beganMs = sharedMs()
    const version = cache.get(key)
    if (version !== undefined) this.notes.read(key, version, beganMs)
  }

  async #fetch(cache: Cache<string, number>, key: string): Promise<void> {
    const { truth, random } = this.#parts
    const beganMs = sharedMs()
    const load = async (): Promise<number> => {
      await pause(random.below(pauseMs))
      const version = truth.read(key)
      await pause(random.below(pauseMs))
      return version
    }
    const tags = random.below(2) === 0 ? [tagOf(key)] : (): string[] => [tagOf(key)]
    this.notes.read(key, await cache.fetch(key, load, { tags }), beganMs)
  }

  async #invalidate({ cache, keys }: Kept): Promise<void> {
    const { write, random } = this.#parts
    const key = random.pick(keys)
    await write(key)
    const way = random.below(20)
    const isNamed = (other: string): boolean => {
      if (way === 0) return true
      if (way === 1) return other.startsWith(prefixOf(keys.indexOf(key)))
      if (way === 2) return tagOf(other) === tagOf(key)
      return other === key || (way === 3 && random.below(2) === 0)
    }
    const named = keys.filter(isNamed)
    await this.#resolved(named, () => {
      if (way === 0) return cache.clear()
      if (way === 1) return cache.invalidatePrefix(prefixOf(keys.indexOf(key)))
      if (way === 2) return cache.invalidateTags([tagOf(key)])
      return cache.invalidate(named)
    })
  }

  async #resolved(named: readonly string[], invalidate: () => Promise<Invalidation>): Promise<void> {
    const { truth } = this.#parts
    const floors = named.map((key) => [key, truth.read(key)] as const)
    const calledMs = sharedMs()
    try {
      await invalidate()
      this.notes.invalidated({ calledMs, resolvedMs: sharedMs(), floors })
    } catch (error) {
      if (!(error instanceof BusError)) throw error
      this.notes.failed(error.code)
    }
  }
}
