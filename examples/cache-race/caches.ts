import { createBroker } from '@clusterbus/broker'
import { createCache as createCoherentCache } from '@clusterbus/cache'
import { createBus } from '@clusterbus/client'
import { createCache as createDedupeCache } from 'async-cache-dedupe'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { createCache as createManagedCache } from 'cache-manager'
import { Cacheable } from 'cacheable'
import { LRUCache } from 'lru-cache'

/** One key of a cache. */
interface OneKey extends AsyncDisposable {
  read(): Promise<string | undefined>
  /** Resolves when the cache says that the key is void. */
  invalidate(): Promise<unknown>
}

const key = 'user:7'
const nothing = (): Promise<void> => Promise.resolve()

/** Each with a loader, and otherwise with what its README gives it. */
export const caches: Readonly<Record<string, (load: () => Promise<string>) => Promise<OneKey>>> = {
  async 'cache-manager wrap'(load) {
    const cache = createManagedCache({ ttl: 60_000 })
    return {
      read: () => cache.wrap(key, load),
      invalidate: () => cache.del(key),
      [Symbol.asyncDispose]: nothing,
    }
  },

  async 'cacheable getOrSet'(load) {
    const cache = new Cacheable({ ttl: '1m' })
    return {
      read: () => cache.getOrSet(key, load),
      invalidate: () => cache.delete(key),
      [Symbol.asyncDispose]: () => cache.disconnect(),
    }
  },

  async 'async-cache-dedupe'(load) {
    const cache = createDedupeCache({ ttl: 60, storage: { type: 'memory', options: { invalidation: true } } }).define(
      'loadUser',
      { references: () => [key] },
      load,
    )
    return {
      read: () => cache.loadUser(),
      invalidate: () => cache.invalidateAll(key),
      [Symbol.asyncDispose]: nothing,
    }
  },

  async 'bentocache getOrSet'(load) {
    const store = bentostore().useL1Layer(memoryDriver({ maxItems: 1_000 }))
    const cache = new BentoCache({ default: 'users', stores: { users: store } })
    return {
      read: () => cache.getOrSet({ key, ttl: '1m', factory: load }),
      invalidate: () => cache.delete({ key }),
      [Symbol.asyncDispose]: () => cache.disconnectAll(),
    }
  },

  async 'lru-cache fetch'(load) {
    const cache = new LRUCache<string, string>({ max: 1_000, ttl: 60_000, fetchMethod: load })
    return {
      read: () => cache.fetch(key),
      invalidate: async () => cache.delete(key),
      [Symbol.asyncDispose]: nothing,
    }
  },

  // Two members, as in two workers: one of them reads, and the other one invalidates.
  async 'clusterbus fetch'(load) {
    const broker = createBroker()
    const [reader, writer] = [createBus(), createBus()]
    const options = { name: 'users', max: 1_000, ttl: 60_000 }
    const cache = createCoherentCache<string, string>(reader, options)
    const other = createCoherentCache<string, string>(writer, options)
    await Promise.all([cache.ready(), other.ready()])
    return {
      read: () => cache.fetch(key, load),
      invalidate: () => other.invalidate(key),
      async [Symbol.asyncDispose]() {
        await Promise.all([reader.close(), writer.close()])
        await broker.close()
      },
    }
  },
}
