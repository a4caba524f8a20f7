/** Simulates clusters, seed after seed: `npx -y pnpm@10 simulate --help` tells how. */

import { add, describe, figuresText, run } from './program/kinds.ts'
import { help, readOptions, type SimulateOptions } from './program/options.ts'
import { runShare } from './program/share.ts'

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) console.log(help)
  else if (options.count === 1) await runOne(options)
  else await runMany(options)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}

async function runOne({ kind, first, history }: SimulateOptions): Promise<void> {
  const result = await run(kind, first)
  if (history) console.log(result.history.join('\n'))
  console.log(describe(kind, result))
  if (result.violations.length > 0) process.exitCode = 1
}

async function runMany({ kind, first, count, jobs, history }: SimulateOptions): Promise<void> {
  const began = performance.now()
  const last = first + count - 1
  let seeds = 0
  const figures: Record<string, number> = {}
  const failed: number[] = []
  let told = 0
  const shares = Array.from({ length: Math.min(jobs, count) }, (_, index) =>
    runShare(kind, first + index, last, Math.min(jobs, count), (progress) => {
      seeds += progress.seeds
      add(figures, progress.figures)
      if (progress.failed !== undefined) {
        failed.push(progress.failed)
        for (const share of shares) share.stop()
      } else if (seeds - told >= count / 10) {
        told = seeds
        console.log(`${seeds} of ${count} seeds`)
      }
    }),
  )
  await Promise.all(shares.map(({ done }) => done))
  const seconds = (performance.now() - began) / 1_000
  const rate = Math.round(seeds / seconds)
  console.log(`${seeds} seeds from ${first} on in ${seconds.toFixed(1)} s, ${rate} a second: ${figuresText(figures)}`)
  if (failed.length > 0) await runOne({ kind, first: Math.min(...failed), count: 1, jobs, history, help: false })
  else console.log('all promises were kept')
}
