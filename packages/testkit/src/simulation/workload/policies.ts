import type { SubscribeOptions } from '@clusterbus/client'
import type { LivenessLimits } from '@clusterbus/broker/core'
import type { OverflowOptions, OverflowPolicy, ToldTerms } from '@clusterbus/protocol'
import type { Dice } from '../dice.ts'

/** What a subscription may ask for about messages that it does not take in time. */
export type QueuePolicy = Pick<SubscribeOptions, 'overflow' | 'queuedMessages' | 'queuedBytes' | 'conflate'>

/** What is chosen in a world about messages that are not taken in time. */
export interface Policies {
  /** Terms of buses, dealt out to members in turn. */
  readonly terms: readonly (ToldTerms | undefined)[]
  /** What the broker does for those who say nothing. */
  readonly brokerTerms: OverflowOptions
  /** What subscriptions choose from. */
  readonly queues: readonly QueuePolicy[]
}

const overflows: readonly OverflowPolicy[] = ['block', 'drop-oldest', 'drop-newest', 'disconnect']

/** Draws them. Most worlds have none at the broker, most have none in subscriptions, and many have neither. */
export function drawPolicies(dice: Dice): Policies {
  const hasTerms = dice.chance(0.4)
  const hasQueues = dice.chance(0.3)
  return {
    terms: hasTerms ? [drawTerms(dice), dice.chance(0.5) ? drawTerms(dice) : undefined] : [undefined],
    brokerTerms: dice.chance(0.1) ? { ...drawOverflow(dice), ...drawConflate(dice) } : {},
    queues: hasQueues ? [{}, drawQueue(dice), drawQueue(dice)] : [{}],
  }
}

/** A broker that asks often finds stopped members soon; most ask as seldom as they do unless told otherwise. */
export function drawLiveness(dice: Dice): LivenessLimits | undefined {
  return dice.chance(0.25) ? { heartbeatMs: dice.pick([100, 250]), silenceMs: dice.pick([600, 1_500]) } : undefined
}

function drawTerms(dice: Dice): ToldTerms {
  return {
    ...drawOverflow(dice),
    ...drawConflate(dice),
    ...(dice.chance(0.7) && { queuedBytes: dice.pick([400, 1_500, 6_000]) }),
    ...(dice.chance(0.5) && { memberMessages: dice.pick([2, 5, 12]) }),
  }
}

function drawQueue(dice: Dice): QueuePolicy {
  return {
    ...drawOverflow(dice),
    ...drawConflate(dice),
    ...(dice.chance(0.7) && { queuedMessages: dice.pick([1, 3, 8]) }),
    ...(dice.chance(0.3) && { queuedBytes: dice.pick([30, 150]) }),
  }
}

function drawOverflow(dice: Dice): Pick<OverflowOptions, 'overflow'> {
  // One that leaves at its limit is never there to be asked for anything else.
  const overflow = dice.chance(0.15) ? 'disconnect' : dice.pick(overflows.slice(0, 3))
  return dice.chance(0.85) ? { overflow } : {}
}

function drawConflate(dice: Dice): Pick<OverflowOptions, 'conflate'> {
  return dice.chance(0.3) ? { conflate: 'topic' } : {}
}
