import { type Arena } from '../arena/arena.ts'
import { streamRound, subscribeAll, workersOf } from '../arena/stream.ts'
import type { Round } from '../contest/entrant.ts'
import { oursToEach, type Scenario } from '../contest/scenario.ts'
import { peerEntrant } from './peer-entrant.ts'
import { oneTopicPlan } from './streams.ts'
import { rivals } from './who.ts'

const plan = oneTopicPlan(1)
const unloadedPerSecond = 1_000

/** How long a message is under way, where there is little to do and where there is much. */
export const latency: Scenario = {
  name: 'latency',
  title: 'Latency one way, 100 B',
  note: 'Alone: 1,000 messages a second. At half: at half of the rate that the peer itself has just reached',
  rounds: 3,
  windowMs: 500,
  figures: [
    { name: 'p50Ns', label: 'alone p50', unit: 'ns' },
    { name: 'p99Ns', label: 'p99', unit: 'ns' },
    { name: 'p999Ns', label: 'p99.9', unit: 'ns' },
    { name: 'maxPerSecond', label: 'max rate', unit: 'perSecond' },
    { name: 'halfP50Ns', label: 'at half p50', unit: 'ns' },
    { name: 'halfP99Ns', label: 'p99', unit: 'ns' },
    { name: 'halfP999Ns', label: 'p99.9', unit: 'ns' },
  ],
  comparisons: oursToEach,
  entrants: rivals.map((peer) =>
    peerEntrant(peer, workersOf(plan), async (arena, { windowMs }) => {
      await subscribeAll(arena, plan)
      return () => latencyRound(arena, windowMs)
    }),
  ),
}

async function latencyRound(arena: Arena, windowMs: number): Promise<Round> {
  const full = await streamRound(arena, plan, { ms: windowMs })
  const alone = await streamRound(arena, plan, { ms: 3 * windowMs, perSecond: unloadedPerSecond, timed: true })
  const halfRate = full.publishedPerSecond / 2
  const half = await streamRound(arena, plan, { ms: 2 * windowMs, perSecond: halfRate, timed: true })
  const rounds = [full, alone, half]
  return {
    values: {
      ...alone.latency,
      maxPerSecond: full.publishedPerSecond,
      halfP50Ns: half.latency?.p50Ns,
      halfP99Ns: half.latency?.p99Ns,
      halfP999Ns: half.latency?.p999Ns,
    },
    lost: rounds.reduce((sum, { lost }) => sum + lost, 0),
    disordered: rounds.reduce((sum, { disordered }) => sum + disordered, 0),
  }
}
