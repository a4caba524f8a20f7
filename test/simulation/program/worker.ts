import { simulate } from '@clusterbus/testkit/simulation'
import type { Progress } from './share.ts'

/** Seeds between two times that it tells how far it is. */
const tellEvery = 100

// What failed is run again by whoever shows it; here the stacks of errors that are expected would cost a tenth.
Error.stackTraceLimit = 0

const [first = 0, last = 0, stride = 1] = process.argv.slice(2).map(Number)
let seeds = 0
let events = 0
let deliveries = 0
for (let seed = first; seed <= last; seed += stride) {
  const result = await simulate(seed)
  seeds += 1
  events += result.events
  deliveries += result.deliveries
  const hasFailed = result.violations.length > 0
  if (hasFailed || seeds >= tellEvery || seed + stride > last) {
    tell({ seeds, events, deliveries, ...(hasFailed && { failed: seed }) })
    seeds = events = deliveries = 0
  }
  if (hasFailed) break
}
process.disconnect()

function tell(progress: Progress): void {
  process.send?.(progress)
}
