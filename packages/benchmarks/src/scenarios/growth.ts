import type { Arena } from '../arena/arena.ts'
import { streamRound, type StreamPlan, subscribeAll, workersOf } from '../arena/stream.ts'
import type { Memory } from '../arena/usage.ts'
import type { Entrant, Round } from '../contest/entrant.ts'
import type { Comparison, Figure, Scenario } from '../contest/scenario.ts'
import { peerEntrant } from './peer-entrant.ts'

const topics = Array.from({ length: 100 }, (_, n) => `cart.item-${n}`)
const plan: StreamPlan = { publishers: 1, subscribers: [topics], topics, bytes: 100 }
/** Members that hold the subscriptions that nothing is published to. */
const holders = 4

const figures: readonly [Figure, ...Figure[]] = [
  { name: 'publishNs', label: 'per publish', unit: 'ns' },
  { name: 'brokerNs', label: 'broker CPU', unit: 'ns' },
  { name: 'heapBytes', label: 'broker heap', unit: 'bytes' },
  { name: 'residentBytes', label: 'resident', unit: 'bytes' },
]
const note = `From one publisher to one subscriber on ${topics.length} topics in turn; memory: before the first message, after gc; heap: heapUsed + external`

/** What a publish costs with few and with many subscriptions of others. */
export const growthSubscriptions: Scenario = {
  name: 'growth-subscriptions',
  title: 'Growth: subscriptions of idle members',
  note,
  rounds: 9,
  windowMs: 500,
  figures,
  comparisons: toFirst('subscriptions-10'),
  entrants: [10, 1_000, 100_000].map((count) =>
    grown(workersOf(plan) + holders, `subscriptions-${count}`, `${count.toLocaleString('en')} subscriptions`, (arena) =>
      holdAll(arena, count),
    ),
  ),
}

/** What a publish costs with few and with many members. */
export const growthMembers: Scenario = {
  name: 'growth-members',
  title: 'Growth: members',
  note,
  rounds: 3,
  windowMs: 500,
  figures,
  comparisons: toFirst('members-2'),
  entrants: [2, 8, 32, 64].map((count) =>
    grown(count, `members-${count}`, `${count} members`, (arena) => holdAll(arena, 10 * (count - workersOf(plan)))),
  ),
}

function toFirst(entrant: string): Comparison[] {
  return [{ label: 'to the first', entrant, stands: 'under' }]
}

function grown(workers: number, name: string, title: string, grow: (arena: Arena) => Promise<void>): Entrant {
  return peerEntrant(
    'clusterbus',
    workers,
    async (arena, { windowMs }) => {
      await subscribeAll(arena, plan)
      await grow(arena)
      // Once, since a collection that is forced leaves V8 with other limits than it would have found itself.
      const memory = await arena.primary.memory()
      return () => growthRound(arena, memory, windowMs)
    },
    { name, title },
  )
}

/** Deals `count` subscriptions out to all members that neither publish nor subscribe. */
async function holdAll({ workers }: Arena, count: number): Promise<void> {
  const idle = workers.slice(workersOf(plan))
  const all = Array.from({ length: count }, (_, n) => heldPattern(n))
  await Promise.all(idle.map((worker, index) => worker.hold(all.filter((_, n) => n % idle.length === index))))
}

/** Half of them exact, and the others such that the broker must look at some of them for every topic. */
function heldPattern(n: number): string {
  switch (n % 8) {
    case 1:
    case 5:
      return `stock.item-${n}.*`
    case 3:
      return `*.held-${n}`
    case 7:
      return `stock.*.held-${n}.>`
    default:
      return `cart.held-${n}`
  }
}

async function growthRound(arena: Arena, memory: Memory, ms: number): Promise<Round> {
  const { publishedPerSecond, cpu, lost, disordered } = await streamRound(arena, plan, { ms })
  const brokerNs = cpu.broker === undefined ? undefined : cpu.broker * 1_000
  return { values: { publishNs: 1e9 / publishedPerSecond, brokerNs, ...memory }, lost, disordered }
}
