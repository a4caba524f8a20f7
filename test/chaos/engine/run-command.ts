import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { programArgv, programPath, sourceArgv } from '../../support/program.ts'

export interface Ran {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of the chaos, named by its path there without `.ts`, as a program that was made for the tests. */
export function runCommand(name: string, ...args: readonly string[]): Promise<Ran> {
  return run([...programArgv, programPath(`chaos/${name}`), ...args], process.env)
}

/** Runs it as `pnpm` does, from source. */
export function runFromSource(name: string, ...args: readonly string[]): Promise<Ran> {
  const source = fileURLToPath(new URL(`../${name}.ts`, import.meta.url))
  return run([...sourceArgv, source, ...args], { ...process.env, CLUSTERBUS_FIXTURES: undefined })
}

async function run(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, stdout, stderr }
}
