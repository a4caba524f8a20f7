import { Dice } from '../../dice.ts'
import { History } from '../../history/history.ts'
import { Faults } from '../../links/faults.ts'
import { VirtualTime } from '../../time/virtual-time.ts'
import { checkCaches } from '../checkers/check-caches.ts'
import { CacheLedger } from '../record/cache-ledger.ts'
import type { ReadRecord, Violation } from '../record/records.ts'
import { CacheCluster } from '../world/cache-cluster.ts'
import { drawCacheScenario } from '../world/scenario.ts'
import { CacheWork } from '../work/cache-work.ts'
import { Troubles } from '../work/troubles.ts'
import { lastRound } from './last-round.ts'
import { everythingEnds } from './settling.ts'

/** `has`, `peek` and `get`. */
const callsOfLook = 3

/** What came of one seed. */
export interface CacheSimulationResult {
  readonly seed: number
  /** What everybody did and saw, one line each; the same for the same seed, byte for byte. */
  readonly history: readonly string[]
  /** Promises that were broken. Empty when all is well. */
  readonly violations: readonly Violation[]
  readonly events: number
  /** Calls that read, those of them that a copy in memory has answered, and loaders that were called. */
  readonly reads: number
  readonly hits: number
  readonly loads: number
  /** Invalidations that were acknowledged, and those of them for which a lease had to run out. */
  readonly invalidations: number
  readonly fenced: number
}

/**
 * Runs a cluster with caches from beginning to end, on the product's own cores and caches, in virtual time, as the seed has
 * it: first with everything that may go wrong, then healed, then with all that must hold to the end. Never rejects: what
 * is thrown where nobody can catch it is a violation of its own.
 */
export async function simulateCaches(seed: number): Promise<CacheSimulationResult> {
  const time = new VirtualTime()
  const history = new History(time)
  const ledger = new CacheLedger()
  const unhandled = (error: unknown): void => {
    ledger.violated('no exception', history.add('world', 'a rejection is handled by nobody'), stackOf(error))
  }
  process.on('unhandledRejection', unhandled)
  try {
    const scenario = drawCacheScenario(new Dice(seed))
    const faults = new Faults(scenario.faults, new Dice(seed + 0x5eed))
    const world = { time, history, ledger, faults, scenario, dice: new Dice(seed + 0xc10c) }
    const cluster = new CacheCluster(world, new Dice(seed + 0xbeed))
    for (let count = 0; count < scenario.members; count += 1) cluster.join()
    const work = new CacheWork(cluster, new Dice(seed + 0xdeed))
    const troubles = new Troubles(cluster, work, new Dice(seed + 0xfeed))
    work.begin()
    troubles.begin()
    await time.run(scenario.durationMs)
    history.add('world', 'heals')
    faults.heal()
    work.end()
    troubles.heal()
    if (await everythingEnds(cluster, 'after all was healed')) await lastRound(cluster, work)
    cluster.broker.judge()
    checkCaches(ledger, scenario)
  } catch (error) {
    ledger.violated('no exception', history.add('world', 'breaks'), stackOf(error))
  }
  // Node tells of rejections that nobody handles at the end of its turn.
  await new Promise((resolve) => void setImmediate(resolve))
  process.off('unhandledRejection', unhandled)
  return { seed, history: history.lines, violations: ledger.violations, events: time.events, ...figures(ledger) }
}

function figures({
  reads,
  misses,
  copies,
  invalidations,
}: CacheLedger): Omit<CacheSimulationResult, 'seed' | 'history' | 'violations' | 'events'> {
  const acknowledged = invalidations.filter(({ ended }) => ended !== undefined && ended.error === undefined)
  return {
    reads: misses * callsOfLook + sum(reads),
    hits: sum(reads.filter(({ how }) => how === 'hit')),
    loads: copies.filter(({ origin }) => origin === 'load').length,
    invalidations: acknowledged.length,
    fenced: acknowledged.filter(({ fenced }) => fenced > 0).length,
  }
}

function sum(reads: readonly ReadRecord[]): number {
  return reads.reduce((count, { call }) => count + (call === 'look' ? callsOfLook : 1), 0)
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
