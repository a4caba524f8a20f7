import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { execArgv, fixturePath } from './workers.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly execArgv?: readonly string[]
}

/** Runs a fixture as a plain Node process of its own until it ends by itself. */
export async function runProgram(fixture: string, options: ProgramOptions = {}): Promise<Ended> {
  const program = spawn(
    process.execPath,
    [...execArgv, ...(options.execArgv ?? []), fixturePath(fixture), ...(options.args ?? [])],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } },
  )
  const ended = new Promise<Pick<Ended, 'code' | 'signal'>>((resolve) => {
    program.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const [stdout, stderr] = await Promise.all([text(program.stdout), text(program.stderr)])
  return { ...(await ended), stdout, stderr }
}
