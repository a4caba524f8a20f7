import { Program, programPath } from '../arena/program.ts'
import type { Contender } from '../contest/entrant.ts'
import type { Scenario } from '../contest/scenario.ts'
import type { HitCache } from '../hits/meter.ts'
import type { HitApi } from '../hits/program.ts'

/** What reading from memory costs, beside the cache that is inside. */
export const cacheHit: Scenario = {
  name: 'cache-hit',
  title: 'Cache: a hit',
  note: '10,000 entries, all in use, keys at random. Each read of clusterbus asks a clock whether its lease still holds. Fetch: awaited, without a ttl',
  rounds: 9,
  windowMs: 150,
  figures: [
    { name: 'ttlGetNs', label: 'get, ttl of a minute', unit: 'ns' },
    { name: 'getNs', label: 'get, no ttl', unit: 'ns' },
    { name: 'fetchNs', label: 'fetch', unit: 'ns' },
  ],
  comparisons: [{ label: 'to lru-cache', entrant: 'lru-cache', stands: 'under' }],
  entrants: [
    {
      name: 'clusterbus',
      title: 'clusterbus cache',
      peer: 'clusterbus',
      open: async (setup) => start('clusterbus', setup.windowMs),
    },
    {
      name: 'lru-cache',
      title: 'lru-cache',
      peer: 'clusterbus',
      open: async (setup) => start('lru-cache', setup.windowMs),
    },
  ],
}

function start(cache: HitCache, windowMs: number): Contender {
  const program = new Program<HitApi>(`hits of ${cache}`, programPath('../hits/program', import.meta.url), [cache])
  return {
    round: async () => ({ values: { ...(await program.whileAlive(program.api.measure(windowMs))) } }),
    close: () => program.close(),
  }
}
