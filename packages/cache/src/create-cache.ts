import type { Cache } from './cache.ts'
import { CoherentCache } from './coherent-cache.ts'
import type { Key } from './keys.ts'
import { type CacheOptions, resolveOptions } from './options.ts'
import type { CacheBus } from './cache.ts'

/**
 * A cache that this worker holds together with all others that create one of the same name. Usable at once: until the
 * broker has let it in, each `fetch` loads. Throws `BAD_OPTION`; `CLOSED` and `DRAINING` of the bus.
 *
 * ```ts
 * const users = createCache<string, User>(bus, { name: 'users', max: 10_000, ttl: 60_000 })
 * const user = await users.fetch(id, ({ signal }) => db.loadUser(id, { signal }), { tags: [`tenant:${tenant}`] })
 * await users.invalidate(id)
 * ```
 */
export function createCache<K extends Key, V>(bus: CacheBus, options: CacheOptions<K, V>): Cache<K, V> {
  return new CoherentCache(bus, resolveOptions(options))
}
