import { help, listOf } from './cli/help.ts'
import { Interrupted, interruptible } from './cli/interruption.ts'
import { type CliOptions, cliOptions, UsageError, usual } from './cli/options.ts'
import { Progress } from './cli/progress.ts'
import { goalsTable } from './report/goals-table.ts'
import { printed } from './report/print.ts'
import { faultsOf, type Results } from './report/results.ts'
import { peers } from './peers/catalogue.ts'
import { run } from './run.ts'
import { scenarios } from './scenarios/index.ts'

process.exitCode = await main(process.argv.slice(2))

/** Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = cliOptions(args, scenarios)
    if (options.show === 'help') console.log(help)
    else if (options.show === 'list') console.log(listOf(scenarios))
    else return await measure(options)
    return 0
  } catch (error) {
    console.error(error instanceof Error ? `bench: ${error.message}` : error)
    return error instanceof UsageError ? 2 : error instanceof Interrupted ? 130 : 1
  }
}

async function measure(options: CliOptions): Promise<number> {
  const progress = new Progress(process.stderr, options.scenarios.length)
  const results = await interruptible((signal) => run(options, progress, signal))
  console.log(options.json ? JSON.stringify(results, undefined, 2) : printed(results))
  if (isWhole(options)) await conclude(results, options)
  return faultsOf(results).length === 0 ? 0 : 1
}

/** Whether everything was measured, as it is meant to be. */
function isWhole({ scenarios: chosen, peers: taking, rounds, windowMs }: CliOptions): boolean {
  const everybody = Object.keys(peers).every((peer) => taking.some((name) => name === peer))
  return (
    usual(chosen).length === usual(scenarios).length &&
    usual(chosen).length === chosen.length &&
    everybody &&
    rounds === undefined &&
    windowMs === undefined
  )
}

async function conclude(results: Results, { json }: CliOptions): Promise<void> {
  if (!json) console.log(`\n${goalsTable(results)}`)
  if (results.missing.length > 0 || faultsOf(results).length > 0) {
    console.error('nothing is written: what others are shown must be complete, and without loss')
    return
  }
  // Loaded here, since drawing takes a while to load.
  const { writeFiles } = await import('./report/files.ts')
  const written = await writeFiles(results)
  console.error(`written: ${written.join(', ')}`)
}
