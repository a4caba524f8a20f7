import type { Arena } from '../arena/arena.ts'
import { streamRound, type StreamPlan, subscribeAll, workersOf } from '../arena/stream.ts'
import type { Round } from '../contest/entrant.ts'
import { oursToEach, type Scenario } from '../contest/scenario.ts'
import { peerEntrant } from './peer-entrant.ts'
import { oneTopicPlan } from './streams.ts'
import { rivals } from './who.ts'

const topics = Array.from({ length: 1_000 }, (_, n) => `user.${n}`)

/** Neighbours in the stream go to different subscribers, so that there is no run to forward as one. */
const mixed: StreamPlan = {
  publishers: 1,
  subscribers: [0, 1].map((subscriber) => topics.filter((_, n) => n % 2 === subscriber)),
  topics,
  bytes: 100,
}
/** The same workers, of which only the first subscriber takes part. */
const alone = oneTopicPlan(1)

/** A thousand topics, and what is left of the rate that the same peer has with one. */
export const mixedTopics: Scenario = {
  name: 'mixed-topics',
  title: 'Mixed topics, 100 B',
  note: '1,000 topics published in turn, dealt out in turn to two subscribers. Share: of the rate with one topic and one subscriber',
  rounds: 5,
  windowMs: 500,
  figures: [
    { name: 'perSecond', label: 'deliveries/s', unit: 'perSecond' },
    { name: 'onePerSecond', label: 'with one topic', unit: 'perSecond' },
    { name: 'sharePercent', label: 'share', unit: 'percent' },
  ],
  comparisons: oursToEach,
  entrants: rivals.map((peer) =>
    peerEntrant(peer, workersOf(mixed), async (arena, { windowMs }) => {
      await subscribeAll(arena, mixed)
      await arena.workers[alone.publishers]?.subscribe(alone.topics)
      return () => mixedRound(arena, windowMs)
    }),
  ),
}

async function mixedRound(arena: Arena, ms: number): Promise<Round> {
  const one = await streamRound(arena, alone, { ms })
  const many = await streamRound(arena, mixed, { ms })
  return {
    values: {
      perSecond: many.perSecond,
      onePerSecond: one.perSecond,
      sharePercent: (many.perSecond / one.perSecond) * 100,
    },
    lost: one.lost + many.lost,
    disordered: one.disordered + many.disordered,
  }
}
