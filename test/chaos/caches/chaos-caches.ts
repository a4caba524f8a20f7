/** The program behind `pnpm chaos:caches`. */

import { killAllAtTheEnd } from '../engine/kill-all-at-the-end.ts'
import { oneFile } from '../engine/member-program.ts'
import { type ChaosCachesOptions, help, readOptions } from './options.ts'
import { type CachesOutcome, runCaches } from './run-caches.ts'

killAllAtTheEnd()
const options = optionsOrExit()
if (options.wantsHelp) console.log(help)
else await run(options)

async function run({ minutes, seed, fault, elects }: ChaosCachesOptions): Promise<void> {
  const program = await oneFile('caches-member')
  const outcome = await runCaches({ program, seed, ms: minutes * 60_000, fault, elects })
  const { stale, complaints, invalidations } = outcome
  const isGood = stale.length === 0 && complaints.length === 0 && invalidations > 0
  console.log(`${isGood ? 'ok  ' : 'BAD '} caches ${figures(outcome)}`)
  if (isGood) return
  process.exitCode = 1
  console.error(`caches: ${stale.length} stale versions read, ${complaints.length} complaints; seed ${seed}`)
  for (const line of [...stale.slice(0, 20), ...complaints.slice(0, 20)]) console.error(`  ${line}`)
}

function figures({ invalidations, reads, hits, stale, tookMs, disturbances }: CachesOutcome): string {
  const at = (part: number): string => (tookMs[Math.floor(part * (tookMs.length - 1))] ?? 0).toFixed(1)
  const done = Object.entries(disturbances).map(([what, count]) => `${what} ${count}`)
  const took = `invalidation p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`
  return `invalidations ${invalidations}, reads ${reads}, hits ${hits}, stale ${stale.length}, ${took}, ${done.join(', ')}`
}

function optionsOrExit(): ChaosCachesOptions {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
}
