import { createCache } from '@clusterbus/cache'
import type { Bus } from '@clusterbus/client'
import type { PeerCache } from './peer.ts'

/** `@clusterbus/cache` as its README tells to use it. */
export async function clusterbusCache(bus: Bus, max: number): Promise<PeerCache> {
  const cache = createCache<string, { readonly key: string }>(bus, { name: 'bench', max })
  await cache.ready()
  return {
    keep: (key) => cache.fetch(key, () => ({ key })),
    holds: async (key) => cache.has(key),
    invalidate: (keys) => cache.invalidate(keys),
  }
}
