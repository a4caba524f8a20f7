import { streamRound, type StreamPlan, subscribeAll, workersOf } from '../arena/stream.ts'
import { oursToEach, type Scenario } from '../contest/scenario.ts'
import type { PeerName } from '../peers/catalogue.ts'
import { seededRandom, zipf } from '../zipf.ts'
import { peerEntrant } from './peer-entrant.ts'

/** Whose patterns match the same way: `*` stands for one token. */
const peers: readonly PeerName[] = ['clusterbus', 'clusterbus-msgpack', 'nats']

const shops = 500
const kinds = 8
const patternsEach = 20
/** Patterns that want one kind of all shops; the others want all of one shop. */
const kindShare = 0.1
const publishedTopics = 4_096

/** Topics as they are drawn by their popularity, and subscribers that want what is popular rather than what is not. */
export const zipfPatterns: Scenario = {
  name: 'zipf-patterns',
  title: 'Zipf topics and patterns, 100 B',
  note: `${shops * kinds} topics shop.<n>.<kind>; 3 subscribers with ${patternsEach} patterns each`,
  rounds: 3,
  windowMs: 600,
  figures: [
    { name: 'perSecond', label: 'deliveries/s', unit: 'perSecond' },
    { name: 'publishedPerSecond', label: 'published/s', unit: 'perSecond' },
  ],
  comparisons: oursToEach,
  entrants: peers.map((peer) => {
    const plan = zipfPlan(4_711)
    return peerEntrant(peer, workersOf(plan), async (arena, { windowMs }) => {
      await subscribeAll(arena, plan)
      return async () => {
        const { perSecond, publishedPerSecond, lost, disordered } = await streamRound(arena, plan, { ms: windowMs })
        return { values: { perSecond, publishedPerSecond }, lost, disordered }
      }
    })
  }),
}

/** The same for the same seed. */
export function zipfPlan(seed: number): StreamPlan {
  const random = seededRandom(seed)
  const shop = zipf(shops, random)
  const kind = zipf(kinds, random)
  return {
    publishers: 1,
    subscribers: Array.from({ length: 3 }, () => patterns(patternsEach, shop, kind, random)),
    topics: Array.from({ length: publishedTopics }, () => `shop.${shop()}.${kind()}`),
    bytes: 100,
    overlapping: true,
  }
}

function patterns(count: number, shop: () => number, kind: () => number, random: () => number): string[] {
  const found = new Set<string>()
  while (found.size < count) found.add(random() < kindShare ? `shop.*.${kind()}` : `shop.${shop()}.*`)
  return [...found]
}
