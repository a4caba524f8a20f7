import { admission } from '../../cluster/support/raw-member.ts'
import { forkWorker } from '../../cluster/support/workers.ts'
import type { AsksForTickets } from '../../cluster/fixtures/asks-for-tickets.ts'
import type { Crew, Hand } from '../engine/crew.ts'
import { type Harm, Proxy } from '../engine/proxy.ts'
import type { Scenario, Stage } from '../engine/scenario.ts'

/** A visit is over after so many bytes, in each direction. */
const offsetMax = 4_096
/** Visits at a time. */
const lanes = 4
const ways = [
  { what: 'cut', direction: 'to the broker' },
  { what: 'cut', direction: 'to the bus' },
  { what: 'corrupt', direction: 'to the broker' },
  { what: 'corrupt', direction: 'to the bus' },
] as const

/** How long a visit may take, in milliseconds. */
const patienceMs = 8_000
/** Bits that were flipped on the way to the broker may have it wait for what never comes, in a link that is alive. */
const corruptPatienceMs = 1_000

/** Visitors whose link is cut, or changed by a bit, at every offset, while others work. */
export const cuts: Scenario = {
  about: 'a proxy cuts the link of a visitor, or flips a bit, at every offset in both directions',
  broker: { heartbeatInterval: 100, silenceTimeout: 1_000 },
  members: 2,
  load: { perSecond: 100 },
  codes: [],
  reports: ['BAD_FRAME', 'TIMEOUT'],
  async run(stage) {
    const { crew, rounds, broker } = stage
    const path = await socketPath()
    const ends = new Map<string, number>()
    const harmed = { cut: 0, corrupt: 0 }
    const all = rounds === undefined ? shuffled(harms(), crew) : harms()
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        const lane = await openLane(stage, path)
        for (let harm = all.shift(); harm !== undefined; harm = all.shift()) {
          if (rounds === undefined && stage.isOver()) break
          const way = `${harm.what} ${harm.direction}`
          // Past the end of what a visit says there is nothing to harm.
          if (harm.offset >= (ends.get(way) ?? Infinity)) continue
          if (await harmVisit(stage, lane, harm)) harmed[harm.what] += 1
          else ends.set(way, Math.min(harm.offset, ends.get(way) ?? Infinity))
        }
        await crew.kill(lane.visitor)
        await lane.proxy.close()
      }),
    )
    return { ...harmed, 'closed for it': broker.stats().violated, 'silent for it': broker.stats().silenced }
  },
  check: ({ missing = 0 }) => (missing === 0 ? [] : [`${missing} messages of others were lost`]),
}

/** A process that visits, and what stands between it and the broker. */
interface Lane {
  readonly visitor: Hand
  readonly proxy: Proxy
}

async function openLane({ crew }: Stage, path: string): Promise<Lane> {
  const proxy = new Proxy(path)
  await proxy.listen()
  const visitor = crew.fork()
  await visitor.worker.call('divert', proxy.path)
  return { visitor, proxy }
}

/** Every way and every offset once. */
function harms(): Harm[] {
  return Array.from({ length: offsetMax }, (_, offset) => ways.map((way) => ({ ...way, offset }))).flat()
}

/** In an order of chance, so that a short run sees something of everything. */
function shuffled(all: Harm[], { random }: Crew): Harm[] {
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1)
    const [a, b] = [all[last], all[other]]
    if (a !== undefined && b !== undefined) [all[last], all[other]] = [b, a]
  }
  return all
}

/** Returns whether the visit came so far as to be harmed. */
async function harmVisit(stage: Stage, { visitor, proxy }: Lane, harm: Harm): Promise<boolean> {
  proxy.harmNext(harm)
  const { what, direction, offset } = harm
  const mayHang = what === 'corrupt' && direction === 'to the broker'
  const ms = mayHang ? corruptPatienceMs : patienceMs
  const { lost, reached } = await visitor.worker.call('visit', `visit.n${offset}`, ms)
  if (reached || mayHang) return proxy.harmed
  stage.violated(`${what} ${direction} at ${offset}, the bus did not find back: ${lost.join(', ')}`)
  return proxy.harmed
}

async function socketPath(): Promise<string> {
  const usher = forkWorker<AsksForTickets>('asks-for-tickets')
  const { path } = await admission(usher)
  await usher.kill()
  return path
}
