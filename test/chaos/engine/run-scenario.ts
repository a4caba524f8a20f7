import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { Random } from '../../support/random.ts'
import { Crew } from './crew.ts'
import { held, leakedSince } from './leaks.ts'
import { unlike } from './gauges.ts'
import { Ledger } from './ledger.ts'
import type { Scenario, Stage } from './scenario.ts'

export interface ScenarioOptions {
  readonly program: string
  readonly seed: number
  readonly ms: number
  readonly rounds: number | undefined
}

export interface Outcome {
  readonly figures: Readonly<Record<string, number | string>>
  readonly violations: readonly string[]
}

const load = { perSecond: 300, bytes: 100, slow: false }

/** Runs one scenario with a broker and members of its own, and closes the books. Leaves nothing behind. */
export async function runScenario(scenario: Scenario, options: ScenarioOptions): Promise<Outcome> {
  const before = held()
  const ledger = new Ledger()
  const { violations } = ledger
  const broker = createBroker(scenario.broker)
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
      crew,
      violated: (what) => void violations.push(what),
      isOver: () => performance.now() >= overAt,
      rounds: options.rounds,
    }
    own = await scenario.run(stage)
    await crew.settle()
    ledger.close(scenario)
    violations.push(...(scenario.check?.(ledger.figures) ?? []))
    await crew.close()
    violations.push(...(await unlike(idle, () => broker.stats())))
  } catch (error) {
    violations.push(`it could not go on: ${error instanceof Error ? error.stack : String(error)}`)
  } finally {
    await crew.close()
    await bus.close()
    await broker.close()
  }
  violations.push(...(await leakedSince(before)))
  const { published, asked, missing, dropped } = ledger.figures
  const ended = Object.entries(ledger.failures).map(([code, count]) => `${count} ${code}`)
  const failed = ended.length === 0 ? 'none' : ended.join(', ')
  return { figures: { ...own, published, missing, dropped, asked, failed }, violations }
}
