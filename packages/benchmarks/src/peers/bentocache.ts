import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver } from 'bentocache/drivers/redis'
import type { PeerCache } from './peer.ts'

/** bentocache in memory, with its Redis bus. Without its second level, which would cost each invalidation a round trip more. */
export async function bentocache(path: string, max: number): Promise<PeerCache> {
  const store = bentostore()
    .useL1Layer(memoryDriver({ maxItems: max }))
    .useBus(redisBusDriver({ connection: { path } }))
  const cache = new BentoCache({ default: 'bench', stores: { bench: store } })
  return {
    keep: (key) => cache.getOrSet({ key, factory: () => ({ key }), skipBusNotify: true }),
    holds: (key) => cache.has({ key }),
    // Resolves when Redis has it; nobody knows when the others have.
    invalidate: (keys) => cache.deleteMany({ keys: [...keys] }),
  }
}
