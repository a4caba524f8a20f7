import { isWildcard, matches } from '@clusterbus/protocol'
import type { Arena } from './arena.ts'
import type { PublishPlan } from './publisher.ts'
import type { Latency, Received } from './tally.ts'

/** Who publishes what to whom. */
export interface StreamPlan {
  readonly publishers: number
  /** What each subscriber subscribes to; they are the workers behind the publishers. */
  readonly subscribers: readonly (readonly string[])[]
  /** Topics that each publisher publishes to in turn. */
  readonly topics: readonly string[]
  /** JSON bytes of a message, about. */
  readonly bytes: number
  /** Whether one message may come several times to a subscriber, since its patterns overlap. */
  readonly overlapping?: boolean
}

/** How long and how fast to publish. */
export interface StreamPace {
  readonly ms: number
  /** Messages a second of each publisher. Without it: as many as the peer takes. */
  readonly perSecond?: number
  /** Whether the time that each message was under way is measured. */
  readonly timed?: boolean
  /** How long nothing may come before what is missing counts as lost, in milliseconds. */
  readonly quietMs?: number
}

/** What one round of a stream gave. */
export interface StreamRound {
  /** Deliveries a second, from the first publish to the last delivery. */
  readonly perSecond: number
  /** Messages published a second, over the same time. */
  readonly publishedPerSecond: number
  readonly lost: number
  readonly disordered: number
  /** CPU seconds for each million deliveries. */
  readonly cpu: Cpu
  /** How long after it was due a message was published at worst, where there was a rate. */
  readonly latestNs?: number
  /** The worst of all subscribers, where it was timed. */
  readonly latency?: Latency
}

/** CPU seconds, by what they were used for. What a server or a thread has used is not known everywhere. */
interface Cpu {
  readonly publishers: number | undefined
  readonly broker: number | undefined
  readonly subscribers: number | undefined
}

/** Workers that a plan needs. */
export function workersOf(plan: StreamPlan): number {
  return plan.publishers + plan.subscribers.length
}

export async function subscribeAll(arena: Arena, plan: StreamPlan): Promise<void> {
  const { publishers, subscribers } = plan
  const workers = arena.workers.slice(publishers, workersOf(plan))
  await Promise.all(workers.map((worker, index) => worker.subscribe(subscribers[index] ?? [])))
}

/** Publishes for a while, as fast as the peer lets or as `pace` says, and waits until all has come. */
export async function streamRound(arena: Arena, plan: StreamPlan, pace: StreamPace): Promise<StreamRound> {
  const { publishers: count, topics, bytes, overlapping = false } = plan
  const { ms, perSecond, timed = false, quietMs } = pace
  const round = arena.nextRound()
  const publishers = arena.workers.slice(0, count)
  const subscribers = arena.workers.slice(count, workersOf(plan))
  const expected = { round, publishers: count, timed, overlapping, ...(quietMs !== undefined && { quietMs }) }
  await Promise.all(subscribers.map((worker) => worker.begin(expected)))
  const cpuBefore = await cpuSeconds(arena, plan)
  const order = { round, topics, bytes, ms, ...(perSecond !== undefined && { perSecond }) }
  const [published, received] = await Promise.all([
    Promise.all(publishers.map((worker, publisher) => worker.publish({ ...order, publisher } satisfies PublishPlan))),
    Promise.all(subscribers.map((worker) => worker.received())),
  ])
  const cpuAfter = await cpuSeconds(arena, plan)
  const delivered = sum(received.map(({ messages }) => messages))
  const startedAtNs = Math.min(...published.map((each) => each.startedAtNs))
  const seconds = (Math.max(...received.map(({ endedAtNs }) => endedAtNs)) - startedAtNs) / 1e9
  const latency = worstLatency(received)
  const late = published.flatMap(({ latestNs }) => latestNs ?? [])
  return {
    perSecond: delivered / seconds,
    publishedPerSecond: sum(published.map(({ messages }) => messages)) / seconds,
    lost: sum(published.map(({ messages }) => deliveriesOf(plan, messages))) - delivered,
    disordered: sum(received.map(({ disordered }) => disordered)),
    cpu: cpuBetween(cpuBefore, cpuAfter, delivered / 1e6),
    ...(late.length > 0 && { latestNs: Math.max(...late) }),
    ...(latency && { latency }),
  }
}

/** How many deliveries the first `messages` messages of a publisher make. */
export function deliveriesOf({ topics, subscribers }: StreamPlan, messages: number): number {
  const patterns = subscribers.flat()
  const wildcards = patterns.filter(isWildcard)
  const exact = new Map<string, number>()
  for (const pattern of patterns) exact.set(pattern, isWildcard(pattern) ? 0 : (exact.get(pattern) ?? 0) + 1)
  const copies = topics.map(
    (topic) => (exact.get(topic) ?? 0) + wildcards.filter((pattern) => matches(pattern, topic)).length,
  )
  return Math.floor(messages / topics.length) * sum(copies) + sum(copies.slice(0, messages % topics.length))
}

async function cpuSeconds(arena: Arena, plan: StreamPlan): Promise<Cpu> {
  const [broker, each] = await Promise.all([
    arena.brokerCpuSeconds(),
    Promise.all(arena.workers.slice(0, workersOf(plan)).map((worker) => worker.cpuSeconds())),
  ])
  return { publishers: sumOf(each.slice(0, plan.publishers)), broker, subscribers: sumOf(each.slice(plan.publishers)) }
}

function cpuBetween(before: Cpu, after: Cpu, millions: number): Cpu {
  const between = (from: number | undefined, to: number | undefined): number | undefined =>
    from === undefined || to === undefined ? undefined : (to - from) / millions
  return {
    publishers: between(before.publishers, after.publishers),
    broker: between(before.broker, after.broker),
    subscribers: between(before.subscribers, after.subscribers),
  }
}

/** The sum, or `undefined` when one of them is not known. */
function sumOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.flatMap((value) => value ?? [])
  return known.length < values.length ? undefined : sum(known)
}

function worstLatency(received: readonly Received[]): Latency | undefined {
  const latencies = received.flatMap(({ latency }) => latency ?? [])
  if (latencies.length === 0) return undefined
  return {
    p50Ns: Math.max(...latencies.map(({ p50Ns }) => p50Ns)),
    p99Ns: Math.max(...latencies.map(({ p99Ns }) => p99Ns)),
    p999Ns: Math.max(...latencies.map(({ p999Ns }) => p999Ns)),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
