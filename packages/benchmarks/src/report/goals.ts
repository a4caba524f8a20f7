import { figureOf, type Results } from './results.ts'
import type { Unit } from './units.ts'

/** Something that is to be reached. */
export interface Goal {
  readonly label: string
  readonly bound: Bound
  readonly unit: Unit
  /** What it is measured for: with one codec, or whatever the codec. */
  readonly codec: GoalCodec | 'any'
  /** The measured value, or `undefined` when it was not measured. */
  read(results: Results): number | undefined
}

type GoalCodec = 'JSON' | 'msgpack'

export type Bound = { readonly atLeast: number } | { readonly atMost: number }

/** A goal, and what a run says about it. */
export interface Judged {
  readonly goal: Goal
  readonly value: number | undefined
  readonly reached: boolean
  /** How much is missing, as a part of the bound; 0 when it is reached. */
  readonly shortBy: number
}

const ours: Readonly<Record<GoalCodec, string>> = { JSON: 'clusterbus', msgpack: 'clusterbus-msgpack' }
const ourFloors: Readonly<Record<GoalCodec, string>> = { JSON: 'codec-json', msgpack: 'codec-msgpack-shapes' }
const redis = ['ioredis', 'redis', 'redis-tuned']

/** What clusterbus means to reach. */
export const goals: readonly Goal[] = [
  ...rate('one to one against process.send JSON', 'one-to-one', ['process-send'], 8, 13),
  ...rate('one to one against NATS', 'one-to-one', ['nats'], 2.6, 4.5),
  ...rate('one to one against Redis, the fastest client', 'one-to-one', redis, 8, 13),
  ...rate('fan-out to 3 against process.send JSON', 'fan-out-3', ['process-send'], 9, 16),
  ...rate('fan-out to 3 against NATS', 'fan-out-3', ['nats'], 2.6, 4.5),
  ...forBoth('share of the codec floor', 'percent', { atLeast: 55 }, (results, codec) => {
    const reached = medianOf(results, 'one-to-one', ours[codec], 'perSecond')
    return percent(reached, medianOf(results, 'one-to-one', ourFloors[codec], 'perSecond'))
  }),
  ...forBoth("mixed topics, share of one topic's rate", 'percent', { atLeast: 75 }, (results, codec) =>
    medianOf(results, 'mixed-topics', ours[codec], 'sharePercent'),
  ),
  ...roundTrip('request p50 against process.send', ['process-send'], 0.85),
  ...roundTrip('request p50 against Redis, the fastest client', redis, 0.75),
  ...roundTrip('request p50 against NATS', ['nats'], 0.45),
  forAny("cache hit against lru-cache's, with a ttl", 'times', { atMost: 1.5 }, (results) =>
    hitRatio(results, 'ttlGetNs'),
  ),
  forAny("cache hit against lru-cache's, without a ttl", 'times', { atMost: 1.5 }, (results) =>
    hitRatio(results, 'getNs'),
  ),
  forAny('cache hit', 'ns', { atMost: 120 }, (results) =>
    extreme(Math.max, [
      medianOf(results, 'cache-hit', ours.JSON, 'ttlGetNs'),
      medianOf(results, 'cache-hit', ours.JSON, 'getNs'),
    ]),
  ),
  forAny('publish with 100,000 subscriptions against 10', 'times', { atMost: 1.2 }, (results) => {
    const many = medianOf(results, 'growth-subscriptions', 'subscriptions-100000', 'publishNs')
    return quotient(many, medianOf(results, 'growth-subscriptions', 'subscriptions-10', 'publishNs'))
  }),
  forAny('client adds to the memory of a worker', 'bytes', { atMost: 6e6 }, (results) =>
    medianOf(results, 'footprint-worker', 'client', 'residentBytes'),
  ),
  forAny('client adds to the start of a worker', 'ms', { atMost: 25 }, (results) =>
    medianOf(results, 'footprint-worker', 'client', 'startMs'),
  ),
  forAny('broker for each idle member', 'bytes', { atMost: 100e3 }, (results) =>
    // The heap is exact and the resident memory is what counts, so it is the larger of both.
    extreme(Math.max, [
      medianOf(results, 'footprint-broker', 'member', 'heapBytes'),
      medianOf(results, 'footprint-broker', 'member', 'residentBytes'),
    ]),
  ),
]

export function judge(goal: Goal, results: Results): Judged {
  const value = goal.read(results)
  if (value === undefined) return { goal, value, reached: false, shortBy: 0 }
  const { bound } = goal
  const shortBy = 'atLeast' in bound ? 1 - value / bound.atLeast : value / bound.atMost - 1
  return { goal, value, reached: shortBy <= 0, shortBy: Math.max(0, shortBy) }
}

/** Our rate, divided by that of the fastest of `peers`. */
function rate(label: string, scenario: string, peers: readonly string[], json: number, msgpack: number): Goal[] {
  const read = (results: Results, codec: GoalCodec): number | undefined => {
    const theirs = peers.map((peer) => medianOf(results, scenario, peer, 'perSecond'))
    return quotient(medianOf(results, scenario, ours[codec], 'perSecond'), extreme(Math.max, theirs))
  }
  return [
    { label, unit: 'times', codec: 'JSON', bound: { atLeast: json }, read: (results) => read(results, 'JSON') },
    {
      label,
      unit: 'times',
      codec: 'msgpack',
      bound: { atLeast: msgpack },
      read: (results) => read(results, 'msgpack'),
    },
  ]
}

/** Our time for one request, divided by that of the fastest of `peers`. */
function roundTrip(label: string, peers: readonly string[], atMost: number): Goal[] {
  return forBoth(label, 'times', { atMost }, (results, codec) => {
    const theirs = peers.map((peer) => medianOf(results, 'requests', peer, 'p50Ns'))
    return quotient(medianOf(results, 'requests', ours[codec], 'p50Ns'), extreme(Math.min, theirs))
  })
}

function hitRatio(results: Results, figure: string): number | undefined {
  const theirs = medianOf(results, 'cache-hit', 'lru-cache', figure)
  return quotient(medianOf(results, 'cache-hit', ours.JSON, figure), theirs)
}

function forBoth(
  label: string,
  unit: Unit,
  bound: Bound,
  read: (results: Results, codec: GoalCodec) => number | undefined,
): Goal[] {
  const codecs: readonly GoalCodec[] = ['JSON', 'msgpack']
  return codecs.map((codec) => ({ label, unit, bound, codec, read: (results) => read(results, codec) }))
}

function forAny(label: string, unit: Unit, bound: Bound, read: Goal['read']): Goal {
  return { label, unit, bound, codec: 'any', read }
}

function medianOf(results: Results, scenario: string, entrant: string, figure: string): number | undefined {
  return figureOf(results, scenario, entrant, figure)?.median
}

function quotient(value: number | undefined, by: number | undefined): number | undefined {
  return value === undefined || by === undefined ? undefined : value / by
}

function percent(value: number | undefined, of: number | undefined): number | undefined {
  const part = quotient(value, of)
  return part === undefined ? undefined : part * 100
}

function extreme(pick: (...values: number[]) => number, values: readonly (number | undefined)[]): number | undefined {
  const known = values.flatMap((value) => value ?? [])
  return known.length === 0 ? undefined : pick(...known)
}
