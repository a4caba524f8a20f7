import type { Arena } from '../arena/arena.ts'
import type { Round } from '../contest/entrant.ts'
import { oursToEach, type Scenario } from '../contest/scenario.ts'
import { peerEntrant } from './peer-entrant.ts'
import { rivals } from './who.ts'

const topic = 'bench.echo'
const inFlightMany = 64

/** From one worker to another and back. */
export const requests: Scenario = {
  name: 'requests',
  title: 'Request and answer, 100 B each',
  note: `One at a time: p50, p99. Per second: with ${inFlightMany} in flight. A request that fails counts as lost`,
  rounds: 9,
  windowMs: 400,
  figures: [
    { name: 'p50Ns', label: 'p50', unit: 'ns' },
    { name: 'p99Ns', label: 'p99', unit: 'ns' },
    { name: 'perSecond', label: `${inFlightMany} in flight/s`, unit: 'perSecond' },
  ],
  comparisons: oursToEach,
  entrants: [...rivals, 'raw-relay' as const].map((peer) =>
    peerEntrant(peer, 2, async (arena, { windowMs }) => {
      await arena.workers[1]?.respond(topic)
      return () => requestsRound(arena, windowMs)
    }),
  ),
}

async function requestsRound({ workers: [asker] }: Arena, ms: number): Promise<Round> {
  if (asker === undefined) throw new RangeError('there is nobody to ask')
  const one = await asker.ask({ topic, bytes: 100, ms, inFlight: 1 })
  const many = await asker.ask({ topic, bytes: 100, ms, inFlight: inFlightMany })
  const { p50Ns, p99Ns } = one.roundTrip
  return { values: { p50Ns, p99Ns, perSecond: many.perSecond }, lost: one.lost + many.lost }
}
