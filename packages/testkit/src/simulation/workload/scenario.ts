import type { LivenessLimits } from '@clusterbus/broker/core'
import { type Limits, resolveLimits } from '@clusterbus/protocol'
import type { Dice } from '../dice.ts'
import { type FaultRates, noFaults } from '../links/faults.ts'
import type { Wire } from '../links/simulated-link.ts'
import { type AccessRules, drawAccess } from './access.ts'
import { drawLiveness, drawPolicies, type Policies } from './policies.ts'

/** What may be done in a step, and how often. */
export type ActionName =
  | 'publish'
  | 'burst'
  | 'confirm'
  | 'subscribe'
  | 'unsubscribe'
  | 'drainSubscription'
  | 'respond'
  | 'request'
  | 'flush'
  | 'members'
  | 'drain'
  | 'close'
  | 'join'
  | 'crash'
  | 'stop'
  | 'cut'
  | 'restart'
  | 'stopBroker'
  | 'rogue'

/** One world, as its seed has it. */
export interface Scenario {
  readonly members: number
  readonly steps: number
  /** Longest time between two steps, in virtual milliseconds. */
  readonly stepMs: number
  readonly brokerLimits: Limits
  readonly busLimits: Limits
  readonly stallMs: number
  readonly liveness: LivenessLimits | undefined
  readonly policies: Policies
  /** Whether buses write msgpack, or else JSON. */
  readonly msgpack: boolean
  /** Whether one member alone publishes: then it is certain what each of the others has missed where. */
  readonly soloist: boolean
  readonly wire: Wire
  readonly faults: FaultRates
  readonly weights: Readonly<Record<ActionName, number>>
  /** Where the broker asks what members may do. */
  readonly access: AccessRules | undefined
}

/**
 * Draws a world. Each kind of trouble is there in some worlds only: what would hide the loss of a message in all of them
 * must not be in all of them.
 */
export function drawScenario(dice: Dice): Scenario {
  const members = dice.between(2, 4)
  const shared = { payloadBytes: dice.chance(0.2) ? 120 : 1024 * 1024 }
  const isFaulty = dice.chance(0.5)
  return {
    members,
    steps: dice.between(20, 90),
    stepMs: dice.pick([1, 5, 20, 60]),
    brokerLimits: resolveLimits({ ...shared, ...drawBrokerLimits(dice, members) }),
    busLimits: resolveLimits({ ...shared, ...drawBusLimits(dice) }),
    stallMs: dice.pick([20, 200, 1_000]),
    liveness: drawLiveness(dice),
    policies: drawPolicies(dice),
    msgpack: dice.chance(0.3),
    soloist: dice.chance(0.25),
    wire: {
      latencyMs: dice.pick([0, 0.1, 1, 5]),
      highWaterBytes: dice.pick([64, 1024, 16 * 1024]),
      windowBytes: dice.pick([50, 512, 4096, 64 * 1024]),
    },
    faults: isFaulty ? drawFaults(dice) : noFaults,
    weights: drawWeights(dice, dice.chance(0.6)),
    access: dice.chance(0.2) ? drawAccess(dice) : undefined,
  }
}

function drawBrokerLimits(dice: Dice, members: number): Partial<Limits> {
  return {
    ...(dice.chance(0.35) && { queuedBytes: dice.pick([2_048, 8_192, 65_536]) }),
    ...(dice.chance(0.5) && { topicNames: dice.pick([1, 2, 4]) }),
    ...(dice.chance(0.15) && { subscriptions: dice.pick([3, 8]) }),
    ...(dice.chance(0.15) && { pendingRequests: dice.pick([1, 3]) }),
    ...(dice.chance(0.1) && { members: members + 3 }),
  }
}

function drawBusLimits(dice: Dice): Partial<Limits> {
  return {
    ...(dice.chance(0.15) && { queuedBytes: dice.pick([512, 4_096]) }),
    ...(dice.chance(0.15) && { keptBytes: dice.pick([256, 2_048]) }),
    ...(dice.chance(0.15) && { queuedMessages: dice.pick([1, 4]) }),
    ...(dice.chance(0.15) && { subscriptions: dice.pick([3, 8]) }),
    ...(dice.chance(0.15) && { pendingRequests: dice.pick([1, 3]) }),
  }
}

function drawFaults(dice: Dice): FaultRates {
  const some = (rate: number): number => (dice.chance(0.4) ? rate : 0)
  return {
    delay: some(0.2),
    stall: some(0.01),
    split: some(0.3),
    coalesce: some(0.3),
    truncate: some(0.005),
    corrupt: dice.chance(0.3) ? 0.01 : 0,
    cut: some(0.005),
  }
}

function drawWeights(dice: Dice, hasTrouble: boolean): Record<ActionName, number> {
  const trouble = (weight: number): number => (hasTrouble && dice.chance(0.4) ? weight : 0)
  const some = (weight: number): number => (dice.chance(0.6) ? weight : 0)
  return {
    publish: 30,
    burst: some(6),
    confirm: some(6),
    subscribe: 10,
    unsubscribe: some(4),
    drainSubscription: some(2),
    respond: some(5),
    request: some(10),
    flush: some(4),
    members: some(1),
    drain: trouble(2),
    close: trouble(1),
    join: 1,
    crash: trouble(1),
    stop: trouble(2),
    cut: trouble(2),
    restart: trouble(1),
    stopBroker: trouble(0.5),
    rogue: trouble(2),
  }
}
