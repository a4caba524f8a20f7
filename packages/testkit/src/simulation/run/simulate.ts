import { defaultLimits } from '@clusterbus/protocol'
import { check } from '../checkers/check.ts'
import { Cluster } from '../cluster/cluster.ts'
import { Dice } from '../dice.ts'
import { History } from '../history/history.ts'
import { Ledger } from '../history/ledger.ts'
import type { Violation } from '../history/records.ts'
import { Faults } from '../links/faults.ts'
import { VirtualTime } from '../time/virtual-time.ts'
import { drawScenario } from '../workload/scenario.ts'
import { Workload } from '../workload/workload.ts'
import { finish, settle } from './phases.ts'

/** What came of one seed. */
export interface SimulationResult {
  readonly seed: number
  /** What everybody did and saw, one line each; the same for the same seed, byte for byte. */
  readonly history: readonly string[]
  /** Promises that were broken. Empty when all is well. */
  readonly violations: readonly Violation[]
  /** Events that happened, and messages that arrived: what the run was worth. */
  readonly events: number
  readonly deliveries: number
}

/**
 * Runs a cluster of one broker and several members from beginning to end, on the product's own cores, in virtual time,
 * as the seed has it: first with everything that may go wrong, then healed, then with all that must hold to the end.
 * Never rejects: what a core throws where nobody can catch it is a violation of its own.
 */
export async function simulate(seed: number): Promise<SimulationResult> {
  const time = new VirtualTime()
  const history = new History(time)
  const scenario = drawScenario(new Dice(seed))
  const ledger = new Ledger(scenario.brokerLimits.pendingRequests < defaultLimits.pendingRequests, scenario.access)
  const unhandled = (error: unknown): void => {
    ledger.violated('no exception', history.add('world', 'a rejection is handled by nobody'), textOf(error))
  }
  process.on('unhandledRejection', unhandled)
  try {
    const faults = new Faults(scenario.faults, new Dice(seed + 0x5eed))
    const cluster = new Cluster({ time, history, ledger, faults, wire: scenario.wire }, scenario)
    const workload = new Workload(cluster, scenario, new Dice(seed + 0xdeed))
    await time.run(workload.begin())
    history.add('world', 'heals')
    faults.heal()
    workload.heal()
    if (await settle(cluster)) await finish(cluster, new Dice(seed + 0xfeed))
    check(ledger)
  } catch (error) {
    ledger.violated('no exception', history.add('world', 'breaks'), textOf(error))
  }
  // Node tells of rejections that nobody handles at the end of its turn.
  await new Promise((resolve) => void setImmediate(resolve))
  process.off('unhandledRejection', unhandled)
  const deliveries = ledger.subscriptions.reduce((sum, subscription) => sum + subscription.deliveries.length, 0)
  return { seed, history: history.lines, violations: ledger.violations, events: time.events, deliveries }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
