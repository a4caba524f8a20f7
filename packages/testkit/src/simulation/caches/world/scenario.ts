import type { Dice } from '../../dice.ts'
import type { FaultRates } from '../../links/faults.ts'
import type { Wire } from '../../links/simulated-link.ts'
import type { SimulatedKey } from '../record/records.ts'

/** How a cache is created, by every member that agrees. */
export interface CacheScenario {
  readonly name: string
  readonly max: number
  readonly ttl: number | undefined
  readonly singleFlight: 'worker' | 'cluster'
  readonly share: 'value' | 'load'
}

/** How often each thing is done, in proportion. */
interface WorkWeights {
  readonly fetch: number
  readonly look: number
  readonly write: number
  readonly set: number
  readonly abort: number
}

/** How often each trouble comes, in proportion. */
interface TroubleWeights {
  readonly none: number
  readonly stop: number
  readonly block: number
  readonly cut: number
  readonly crash: number
  readonly leave: number
  readonly join: number
  readonly reopen: number
  readonly restart: number
  readonly brokerStop: number
}

export interface CacheSimulationScenario {
  readonly members: number
  readonly leaseMs: number
  readonly marginMs: number
  readonly heartbeatMs: number
  readonly durationMs: number
  /** Mean time between two things that are done, and between two troubles. */
  readonly workEveryMs: number
  readonly troubleEveryMs: number
  readonly work: WorkWeights
  readonly troubles: TroubleWeights
  readonly caches: readonly CacheScenario[]
  readonly keys: readonly SimulatedKey[]
  readonly faults: FaultRates
  readonly wire: Wire
  /** Probability that a load fails, and that it is slow: as long as a lease or longer. */
  readonly failing: number
  readonly slow: number
  /** Probability that a member gives other options than the others. */
  readonly differing: number
  /** Most invalidations and claims of one member that may wait, at the member and at the broker. */
  readonly pendingMax: number
  /** How far clocks run apart, each way, as a part of the whole. */
  readonly drift: number
}

const allKeys: readonly SimulatedKey[] = ['a1', 'b1', 7, 'a10', '7', 'b2', 'a2', 'c']

/** Each kind of trouble is absent from many worlds, so that it cannot hide what is wrong without it. */
export function drawCacheScenario(dice: Dice): CacheSimulationScenario {
  const leaseMs = dice.pick([90, 300, 1_500])
  const calm = dice.chance(0.15)
  const some = (probability: number, weight: number): number => (!calm && dice.chance(probability) ? weight : 0)
  return {
    members: dice.between(2, 5),
    leaseMs,
    marginMs: leaseMs / 3,
    heartbeatMs: Math.max(20, leaseMs / 3),
    durationMs: leaseMs * dice.between(3, 8),
    workEveryMs: (leaseMs / 100) * dice.pick([2, 3, 6]),
    troubleEveryMs: leaseMs * dice.pick([0.3, 1, 2]),
    work: {
      fetch: dice.between(4, 10),
      look: dice.between(2, 6),
      write: dice.between(1, 4),
      set: dice.chance(0.6) ? 1 : 0,
      abort: dice.chance(0.4) ? 1 : 0,
    },
    troubles: {
      none: 1,
      stop: some(0.6, 3),
      block: some(0.6, 3),
      cut: some(0.5, 2),
      crash: some(0.4, 2),
      leave: some(0.3, 1),
      join: some(0.6, 2),
      reopen: some(0.4, 1),
      restart: some(0.25, 1),
      brokerStop: some(0.2, 1),
    },
    caches: drawCaches(dice, leaseMs),
    keys: allKeys.slice(0, dice.between(2, allKeys.length)),
    faults: drawFaults(some),
    wire: {
      latencyMs: dice.pick([0.1, 1, 5]),
      highWaterBytes: dice.pick([1_000, 100_000]),
      windowBytes: dice.pick([500, 100_000]),
    },
    failing: dice.chance(0.3) ? 0.1 : 0,
    slow: dice.chance(0.5) ? 0.1 : 0,
    differing: dice.chance(0.1) ? 0.3 : 0,
    drift: dice.chance(0.5) ? 0.05 : 0,
    pendingMax: dice.chance(0.15) ? dice.between(2, 6) : 10_000,
  }
}

function drawCaches(dice: Dice, leaseMs: number): CacheScenario[] {
  return ['users', 'orders'].slice(0, dice.between(1, 2)).map((name) => ({
    name,
    max: dice.chance(0.3) ? dice.between(1, 3) : 100,
    ttl: dice.chance(0.3) ? Math.round(leaseMs * dice.pick([0.1, 0.5, 2])) : undefined,
    singleFlight: dice.chance(0.5) ? 'cluster' : 'worker',
    share: dice.chance(0.5) ? 'value' : 'load',
  }))
}

function drawFaults(some: (probability: number, weight: number) => number): FaultRates {
  return {
    delay: some(0.6, 0.2),
    stall: some(0.4, 0.02),
    split: some(0.3, 0.3),
    coalesce: some(0.4, 0.3),
    truncate: some(0.2, 0.002),
    // A changed byte may name another key: nothing that is promised holds then.
    corrupt: 0,
    cut: some(0.2, 0.002),
  }
}
