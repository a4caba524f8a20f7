import type { BurstReport } from '../events.ts'
import { count, line, section } from '../report.ts'
import { workerNames } from '../workers.ts'
import type { Stage } from './story.ts'

const durationMs = 1_000

export async function burst({ bus }: Stage): Promise<void> {
  section('How much the bus carries')

  const workers = workerNames().length
  const answers = bus.subscribe('burst.report', { max: workers })
  const reports: BurstReport[] = []
  const start = performance.now()
  bus.publish('burst.begin', { durationMs, workers })
  for await (const { data } of answers) reports.push(data)
  const seconds = (performance.now() - start) / 1000
  if (reports.length < workers) throw new Error(`only ${reports.length} of ${workers} workers reported on the burst`)

  const published = sum(reports.map((report) => report.published))
  const received = sum(reports.map((report) => report.received))
  line('counted', 'numbered JSON messages of all workers, each received by the three others')
  line('published', `${count(published)} messages in ${seconds.toFixed(2)} s: ${count(published / seconds)} a second`)
  line('delivered', `${count(received)} messages in ${seconds.toFixed(2)} s: ${count(received / seconds)} a second`)

  const faults = sum(reports.map((report) => report.faults))
  if (faults > 0) throw new Error(`${faults} messages of the burst were missing, doubled or out of order`)
  if (received !== published * (workers - 1)) throw new Error('the burst was not received as it was published')
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
