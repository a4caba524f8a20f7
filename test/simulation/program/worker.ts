import { add, run } from './kinds.ts'
import type { Progress } from './share.ts'

/** Seeds between two times that it tells how far it is. */
const tellEvery = 100

// What failed is run again by whoever shows it; here the stacks of errors that are expected would cost a tenth.
Error.stackTraceLimit = 0

const [kind, ...numbers] = process.argv.slice(2)
const [first = 0, last = 0, stride = 1] = numbers.map(Number)
let seeds = 0
let figures: Record<string, number> = {}
for (let seed = first; seed <= last; seed += stride) {
  const outcome = await run(kind === 'caches' ? 'caches' : 'bus', seed)
  seeds += 1
  add(figures, outcome.figures)
  const hasFailed = outcome.violations.length > 0
  if (hasFailed || seeds >= tellEvery || seed + stride > last) {
    tell({ seeds, figures, ...(hasFailed && { failed: seed }) })
    seeds = 0
    figures = {}
  }
  if (hasFailed) break
}
process.disconnect()

function tell(progress: Progress): void {
  process.send?.(progress)
}
