/** The program behind `pnpm fuzz`. */

import { Worker } from 'node:worker_threads'
import { keep } from './engine/corpus.ts'
import { LastInput } from './engine/last-input.ts'
import { help, readOptions } from './options.ts'
import type { Report, Task } from './worker.ts'

/** No input takes so long, in milliseconds. What comes between inputs may: to make a finding small, for example. */
const stuckMs = 30_000

const options = optionsOrExit()
if (options.wantsHelp) {
  console.log(help)
} else {
  const begun = performance.now()
  let mutants = 0
  for (const target of options.names) mutants += await fuzz(target, Math.ceil(options.mutants / options.names.length))
  console.log(`${mutants} mutants in ${Math.round((performance.now() - begun) / 1000)} s`)
}

async function fuzz(target: string, mutants: number): Promise<number> {
  const { seed, keepsRefusals } = options
  const lastInput = new LastInput()
  const task: Task = { target, mutants, seed, keepsRefusals, shared: lastInput.shared }
  const begun = performance.now()
  const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: task })
  const report = await reportOf(worker, lastInput)
  await worker.terminate()
  if (report === undefined) {
    const file = keep(target, 'finding that never ends', lastInput.read())
    console.error(`${target}: an input was not taken within ${stuckMs} ms; it is in corpus/${target}/${file}.hex`)
    process.exitCode = 1
    return lastInput.count
  }
  const perSecond = Math.round((1000 * report.mutants) / (performance.now() - begun))
  const growth = `${(report.growthBytes / 1024 / 1024).toFixed(1)} MiB`
  const said = `${report.mutants} mutants, ${perSecond}/s, ${report.paths} paths, ${report.refusals} refusals, grew ${growth}`
  console.log(`${target.padEnd(10)} ${said}`)
  if (report.finding === undefined) return report.mutants
  const { what, mutant, file } = report.finding
  console.error(`${target}: mutant ${mutant} of seed ${seed}: ${what}\nkept as corpus/${target}/${file}.hex`)
  process.exitCode = 1
  return report.mutants
}

/** What the thread tells; `undefined` when it has got stuck. */
async function reportOf(worker: Worker, lastInput: LastInput): Promise<Report | undefined> {
  let timer: NodeJS.Timeout | undefined
  const stuck = new Promise<undefined>((resolve) => {
    let count = -1
    timer = setInterval(() => {
      if (lastInput.count === count) resolve(undefined)
      count = lastInput.count
    }, stuckMs)
  })
  const told = new Promise<Report>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the thread ended with ${code} before it had told anything`)))
  })
  try {
    return await Promise.race([told, stuck])
  } finally {
    clearInterval(timer)
  }
}

function optionsOrExit(): ReturnType<typeof readOptions> {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
}
