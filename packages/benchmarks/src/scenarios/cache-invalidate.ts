import type { Arena } from '../arena/arena.ts'
import type { Entrant, Round } from '../contest/entrant.ts'
import type { Comparison, Scenario } from '../contest/scenario.ts'
import type { PeerName } from '../peers/catalogue.ts'
import { peerEntrant } from './peer-entrant.ts'

const holders = 3
const inFlightMany = 256
/** How long an entry that was voided may stay until it counts as lost. */
const quietMs = 3_000
/** How often all caches are filled and voided, until each has heard of it. */
const attempts = 5

/** What `await invalidate()` costs, one after the other and many at a time, in caches of so many entries. */
export const cacheInvalidate = (entries: number): Scenario => ({
  name: 'cache-invalidate',
  title: `Invalidations in the caches of ${holders} others`,
  note: `Keys invalidated a second. One by one: await invalidate(key) before the next. Many: ${inFlightMany} tasks that do so side by side. clusterbus: acknowledged by all ${holders}; bentocache: taken by Redis, and nobody knows when it is heeded`,
  rounds: 5,
  windowMs: 400,
  figures: [
    { name: 'manyPerSecond', label: 'many/s', unit: 'perSecond' },
    { name: 'manyP50Ns', label: 'p50', unit: 'ns' },
    { name: 'manyP99Ns', label: 'p99', unit: 'ns' },
    { name: 'perSecond', label: 'one by one/s', unit: 'perSecond' },
    { name: 'p50Ns', label: 'p50', unit: 'ns' },
    { name: 'p99Ns', label: 'p99', unit: 'ns' },
  ],
  comparisons: toOurs('over'),
  entrants: cacheEntrants(entries, (arena, windowMs) => invalidateRound(arena, windowMs)),
})

/** How long it takes until nobody has any of the so many entries that one call has named. */
export const cacheBatch = (entries: number): Scenario => ({
  name: 'cache-batch',
  title: `${entries.toLocaleString('en')} keys invalidated in the caches of ${holders} others`,
  note: 'By one call. Gone: until the last entry is seen to be gone in the last worker, which looks each millisecond. Acknowledged: until the call resolves, with bentocache when Redis has taken it. An entry that stays counts as lost',
  rounds: 5,
  windowMs: 0,
  figures: [
    { name: 'goneNs', label: 'gone', unit: 'ns' },
    { name: 'acknowledgedNs', label: 'acknowledged', unit: 'ns' },
  ],
  comparisons: toOurs('under'),
  entrants: cacheEntrants(entries, (arena) => batchRound(arena)),
})

function toOurs(stands: Comparison['stands']): Comparison[] {
  return [{ label: stands === 'over' ? 'clusterbus ÷ it' : '÷ clusterbus', entrant: 'clusterbus', stands }]
}

function cacheEntrants(entries: number, round: (arena: Arena, windowMs: number) => Promise<Round>): Entrant[] {
  const entrant = (peer: PeerName, name: string, title: string): Entrant =>
    peerEntrant(
      peer,
      1 + holders,
      async (arena, { windowMs }) => {
        await Promise.all(arena.workers.map((worker) => worker.openCache(entries)))
        await untilAllHear(arena)
        return () => round(arena, windowMs)
      },
      { name, title },
    )
  return [
    entrant('clusterbus', 'clusterbus', 'clusterbus cache'),
    entrant('ioredis', 'bentocache', 'bentocache, Redis bus'),
  ]
}

/** A subscription that is still under way misses what comes before it, and not every peer says when it holds. */
async function untilAllHear(arena: Arena): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) if ((await batchRound(arena)).lost === 0) return
  throw new Error('not all caches hear of invalidations')
}

async function invalidateRound(arena: Arena, ms: number): Promise<Round> {
  const { sender } = partsOf(arena)
  await Promise.all(arena.workers.map((worker) => worker.fillCache()))
  const many = await sender.invalidateFor({ ms, inFlight: inFlightMany })
  const one = await sender.invalidateFor({ ms, inFlight: 1 })
  return {
    values: {
      manyPerSecond: many.perSecond,
      manyP50Ns: many.latency.p50Ns,
      manyP99Ns: many.latency.p99Ns,
      perSecond: one.perSecond,
      p50Ns: one.latency.p50Ns,
      p99Ns: one.latency.p99Ns,
    },
  }
}

async function batchRound(arena: Arena): Promise<Round & { readonly lost: number }> {
  const { sender, others } = partsOf(arena)
  await Promise.all(arena.workers.map((worker) => worker.fillCache()))
  const [call, gone] = await Promise.all([
    sender.invalidateAll(),
    Promise.all(others.map((worker) => worker.cacheEmptied(quietMs))),
  ])
  const goneAtNs = Math.max(...gone.map(({ atNs }) => atNs))
  return {
    values: {
      goneNs: goneAtNs - call.startedAtNs,
      acknowledgedNs: call.acknowledgedAtNs - call.startedAtNs,
    },
    lost: gone.reduce((sum, { left }) => sum + left, 0),
  }
}

function partsOf({ workers: [sender, ...others] }: Arena): {
  sender: Arena['workers'][number]
  others: Arena['workers']
} {
  if (sender === undefined) throw new RangeError('there is nobody to invalidate')
  return { sender, others }
}
