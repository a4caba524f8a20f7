import { admission } from '../../cluster/support/raw-member.ts'
import { forkWorker } from '../../cluster/support/workers.ts'
import type { AsksForTickets } from '../../cluster/fixtures/asks-for-tickets.ts'
import type { Crew, Hand } from '../engine/crew.ts'
import { type Direction, type Harm, Proxy } from '../engine/proxy.ts'
import type { Scenario, Stage } from '../engine/scenario.ts'

/** No visit says or hears so much, in bytes. */
const offsetMax = 1_024

/** How long a visit may take, in milliseconds. A length that was changed leaves both sides waiting for each other. */
const patienceMs = { cut: 8_000, corrupt: 1_000 }

/** Visitors whose link is cut, or changed by a bit, at every offset, while others work. */
export const cuts: Scenario = {
  about: 'a proxy cuts the link of a visitor, or flips a bit, at every offset in both directions',
  members: 2,
  load: { perSecond: 100 },
  codes: [],
  reports: ['BAD_FRAME'],
  async run(stage) {
    const { crew } = stage
    const proxy = new Proxy(await socketPath())
    await proxy.listen()
    const visitor = crew.fork()
    let harmed = 0
    try {
      await visitor.worker.call('divert', proxy.path)
      for (const harm of harms(crew)) {
        if (stage.isOver()) break
        if (await harmVisit(stage, visitor, proxy, harm)) harmed += 1
      }
    } finally {
      await crew.kill(visitor)
      await proxy.close()
    }
    return { harmed, 'closed for it': stage.broker.stats().violated }
  },
  check: ({ missing = 0 }) => (missing === 0 ? [] : [`${missing} messages of others were lost`]),
}

/** Every way and every offset once, in an order of chance, so that a short run sees something of everything. */
function harms({ random }: Crew): Harm[] {
  const all: Harm[] = []
  for (const what of ['cut', 'corrupt'] as const) {
    for (const direction of ['to the broker', 'to the bus'] satisfies Direction[]) {
      for (let offset = 0; offset < offsetMax; offset += 1) all.push({ what, direction, offset })
    }
  }
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1)
    const [a, b] = [all[last], all[other]]
    if (a !== undefined && b !== undefined) [all[last], all[other]] = [b, a]
  }
  return all
}

/** Returns whether the visit came so far as to be harmed. */
async function harmVisit(stage: Stage, visitor: Hand, proxy: Proxy, harm: Harm): Promise<boolean> {
  proxy.harmNext(harm)
  const { what, direction, offset } = harm
  const { lost, reached } = await visitor.worker.call('visit', `visit.n${offset}`, patienceMs[what])
  // Bits do not flip on their way through a kernel. What is asked for is that the harm stays with who suffers it.
  if (reached || what === 'corrupt') return proxy.harmed
  stage.violated(`cut ${direction} at ${offset}, the bus did not find back: ${lost.join(', ')}`)
  return true
}

async function socketPath(): Promise<string> {
  const usher = forkWorker<AsksForTickets>('asks-for-tickets')
  const { path } = await admission(usher)
  await usher.kill()
  return path
}
