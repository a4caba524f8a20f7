import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { Random } from '../../support/random.ts'
import { Crew } from './crew.ts'
import { held, leakedSince } from './leaks.ts'
import { unlike } from './gauges.ts'
import { Ledger } from './ledger.ts'
import { LinkAccount } from './link-account.ts'
import type { Scenario, Stage } from './scenario.ts'

export interface ScenarioOptions {
  readonly program: string
  readonly seed: number
  readonly ms: number
  readonly rounds: number | undefined
  readonly messages: number | undefined
}

export interface Outcome {
  readonly figures: Readonly<Record<string, number | string>>
  readonly violations: readonly string[]
}

const load = { perSecond: 300, askEvery: 20, bytes: 100, slow: false }
/** How often the account of all copies is looked at, in milliseconds. */
const auditMs = 50

/** Runs one scenario with a broker and members of its own, and closes the books. Leaves nothing behind. */
export async function runScenario(scenario: Scenario, options: ScenarioOptions): Promise<Outcome> {
  const before = held()
  const ledger = new Ledger()
  const { violations } = ledger
  const links = new LinkAccount()
  const broker = createBroker(scenario.broker)
  let unaccounted = 0
  const audit = (): void => void (unaccounted = Math.max(unaccounted, links.unaccounted(broker.stats())))
  const auditing = setInterval(audit, auditMs)
  broker.on('error', ({ code, message }) => {
    if (scenario.reports?.includes(code) !== true) violations.push(`the broker reported ${code}: ${message}`)
  })
  const bus = createBus({ name: 'primary' })
  const crew = new Crew(options.program, { ...load, ...scenario.load }, ledger, new Random(options.seed))
  let own: Outcome['figures'] = {}
  try {
    await bus.ready()
    const idle = broker.stats()
    await crew.addMany(scenario.members)
    const overAt = performance.now() + options.ms
    const stage: Stage = {
      broker,
      bus,
      links,
      figures: () => ledger.figures,
      crew,
      violated: (what) => void violations.push(what),
      isOver: () => performance.now() >= overAt,
      rounds: options.rounds,
      messages: options.messages,
    }
    own = await scenario.run(stage)
    await crew.settle()
    audit()
    ledger.close({ codes: scenario.codes, takenBy: (member) => links.takenBy(member), drops: broker.stats().drops })
    violations.push(...(scenario.check?.(ledger.figures) ?? []))
    await crew.close()
    violations.push(...(await unlike(idle, () => broker.stats())))
    audit()
  } catch (error) {
    violations.push(`it could not go on: ${error instanceof Error ? error.stack : String(error)}`)
  } finally {
    await crew.close()
    clearInterval(auditing)
    links.close()
    await bus.close()
    await broker.close()
  }
  if (unaccounted > 0) violations.push(`nobody knows what became of ${unaccounted} copies`)
  violations.push(...(await leakedSince(before)))
  const { published, handed, inversions, duplicates, asked, missing } = ledger.figures
  const { delivered, dropped, lost } = broker.stats()
  const ended = Object.entries(ledger.failures).map(([code, count]) => `${count} ${code}`)
  const failed = ended.length === 0 ? 'none' : ended.join(', ')
  const copies = { copies: delivered, taken: links.taken, dropped, lost, unaccounted }
  return {
    figures: { ...own, published, handed, inversions, duplicates, missing, ...copies, asked, failed },
    violations,
  }
}
