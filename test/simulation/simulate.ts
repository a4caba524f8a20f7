/** Simulates clusters, seed after seed: `npx -y pnpm@10 simulate --help` tells how. */

import { describeFailure, simulate } from '@clusterbus/testkit/simulation'
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

async function runOne({ first, history }: SimulateOptions): Promise<void> {
  const result = await simulate(first)
  if (history) console.log(result.history.join('\n'))
  console.log(describeFailure(result))
  if (result.violations.length > 0) process.exitCode = 1
}

async function runMany({ first, count, jobs, history }: SimulateOptions): Promise<void> {
  const began = performance.now()
  const last = first + count - 1
  const total = { seeds: 0, events: 0, deliveries: 0 }
  const failed: number[] = []
  let told = 0
  const shares = Array.from({ length: Math.min(jobs, count) }, (_, index) =>
    runShare(first + index, last, Math.min(jobs, count), (progress) => {
      total.seeds += progress.seeds
      total.events += progress.events
      total.deliveries += progress.deliveries
      if (progress.failed !== undefined) {
        failed.push(progress.failed)
        for (const share of shares) share.stop()
      } else if (total.seeds - told >= count / 10) {
        told = total.seeds
        console.log(`${total.seeds} of ${count} seeds`)
      }
    }),
  )
  await Promise.all(shares.map(({ done }) => done))
  const seconds = (performance.now() - began) / 1_000
  const rate = Math.round(total.seeds / seconds)
  console.log(
    `${total.seeds} seeds from ${first} on in ${seconds.toFixed(1)} s, ${rate} a second: ` +
      `${total.events} events, ${total.deliveries} deliveries`,
  )
  if (failed.length > 0) await runOne({ first: Math.min(...failed), count: 1, jobs, history, help: false })
  else console.log('all promises were kept')
}
