/** The program behind `pnpm chaos`. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { killAllAtTheEnd } from './engine/kill-all-at-the-end.ts'
import { oneFile } from './engine/member-program.ts'
import { runScenario } from './engine/run-scenario.ts'
import type { Scenario } from './engine/scenario.ts'
import { type ChaosOptions, help, readOptions } from './options.ts'
import { scenarios } from './scenarios/index.ts'

/** Set for the process that runs a scenario with few descriptors. */
const limitedVariable = 'CHAOS_LIMITED'

killAllAtTheEnd()
const options = optionsOrExit()
if (options.wantsHelp) console.log(help)
else await runAll()

async function runAll(): Promise<void> {
  const program = await oneFile('member')
  const ms = (options.minutes * 60_000) / options.names.length
  for (const name of options.names) {
    const scenario = scenarios[name]
    if (scenario === undefined) continue
    const isHere = scenario.descriptors === undefined || process.env[limitedVariable] !== undefined
    const isGood = isHere
      ? await run(name, scenario, ms, program)
      : await runLimited(name, scenario.descriptors ?? 0, ms)
    if (!isGood) process.exitCode = 1
  }
}

async function run(name: string, scenario: Scenario, ms: number, program: string): Promise<boolean> {
  const { seed, rounds, messages } = options
  const { figures, violations } = await runScenario(scenario, { program, seed, ms, rounds, messages })
  const said = Object.entries(figures).map(([figure, value]) => `${figure} ${value}`)
  console.log(`${violations.length === 0 ? 'ok  ' : 'BAD '} ${name.padEnd(16)} ${said.join(', ')}`)
  if (violations.length === 0) return true
  console.error(`${name}: ${scenario.about}: ${violations.length} violations; seed ${seed}`)
  for (const violation of violations.slice(0, 20)) console.error(`  ${violation}`)
  return false
}

/** In a process of its own, because a limit once lowered stays so. */
async function runLimited(name: string, descriptors: number, ms: number): Promise<boolean> {
  const chaos = fileURLToPath(import.meta.url)
  const args = ['--scenario', name, '--minutes', String(ms / 60_000), '--seed', String(options.seed)]
  const script = `ulimit -n ${descriptors} && exec "$@"`
  const child = spawn('sh', ['-c', script, 'sh', process.execPath, ...process.execArgv, chaos, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, [limitedVariable]: '1' },
  })
  const kill = (): void => void child.kill('SIGTERM')
  process.once('exit', kill)
  const [code] = await once(child, 'exit')
  process.off('exit', kill)
  return code === 0
}

function optionsOrExit(): ChaosOptions {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
}
