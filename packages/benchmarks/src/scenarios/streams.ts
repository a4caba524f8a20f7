import { streamRound, type StreamPlan, type StreamRound, subscribeAll, workersOf } from '../arena/stream.ts'
import type { Entrant, Round } from '../contest/entrant.ts'
import type { Figure } from '../contest/scenario.ts'
import type { PeerName } from '../peers/catalogue.ts'
import { peerEntrant } from './peer-entrant.ts'

/** The topic where one is enough. */
const oneTopic = 'user.login'

/** What every stream is measured by. */
export const streamFigures: readonly [Figure, ...Figure[]] = [
  { name: 'perSecond', label: 'deliveries/s', unit: 'perSecond' },
  { name: 'publisherCpu', label: 'publisher', unit: 'cpuSeconds' },
  { name: 'brokerCpu', label: 'broker', unit: 'cpuSeconds' },
  { name: 'subscriberCpu', label: 'subscriber', unit: 'cpuSeconds' },
]

/** Said beneath a table with these figures. */
export const streamNote = 'publisher, broker, subscriber: CPU seconds for a million deliveries'

/** One publisher and some subscribers, all on one topic. */
export function oneTopicPlan(subscribers: number, bytes = 100): StreamPlan {
  return {
    publishers: 1,
    subscribers: Array.from({ length: subscribers }, () => [oneTopic]),
    topics: [oneTopic],
    bytes,
  }
}

/** Peers that publish as fast as they can. */
export function streamEntrants(peers: readonly PeerName[], plan: StreamPlan): Entrant[] {
  return peers.map((peer) =>
    peerEntrant(peer, workersOf(plan), async (arena, { windowMs }) => {
      await subscribeAll(arena, plan)
      return async () => streamFiguresOf(await streamRound(arena, plan, { ms: windowMs }))
    }),
  )
}

function streamFiguresOf({ perSecond, lost, disordered, cpu }: StreamRound): Round {
  const { publishers, broker, subscribers } = cpu
  const values = { perSecond, publisherCpu: publishers, brokerCpu: broker, subscriberCpu: subscribers }
  return { values, lost, disordered }
}
