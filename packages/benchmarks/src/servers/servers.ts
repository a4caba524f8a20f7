import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { ServerName } from '../peers/peer.ts'
import { answers } from './answers.ts'
import { atExit } from './at-exit.ts'
import { privateDirectory } from './private-directory.ts'
import { programs, type ServerProgram } from './programs.ts'

/** A server that was started for this benchmark alone, with no persistence and no log. */
export interface RunningServer {
  readonly name: ServerName
  /** The path of its socket, or host and port. */
  readonly address: string
  readonly pid: number
  readonly version: string
  /** Ends it and removes its files. When this process ends before, by a signal too, both are done then. */
  stop(): Promise<void>
}

const startMs = 10_000
const stopMs = 3_000
const retryMs = 10

/** Debian keeps nats-server where only the administrator's PATH looks. */
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin` }

/** How far a subscriber may lag before the server drops it: as it is by default, or as far as a burst takes it. */
export type Lag = 'default' | 'unbounded'

/** Starts it and waits until it answers, or returns undefined where its program is not installed. */
export async function startServer(name: ServerName, lag: Lag = 'unbounded'): Promise<RunningServer | undefined> {
  const program = programs[name]
  const version = await installed(program)
  if (version === undefined) return undefined
  const directory = privateDirectory()
  const child = await spawnIn(directory.path, program, lag)
  const killed = atExit(() => void child.kill('SIGKILL'))
  async function stop(): Promise<void> {
    await end(child)
    killed()
    directory.remove()
  }
  try {
    const address = await ready(program, directory.path, child)
    return { name, address, pid: child.pid ?? 0, version, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function spawnIn(directory: string, program: ServerProgram, lag: Lag): Promise<ChildProcess> {
  const configPath = join(directory, 'server.conf')
  const lines = [program.config(directory), ...(lag === 'unbounded' ? [program.unbounded] : [])]
  await writeFile(configPath, lines.join('\n'))
  return spawn(program.program, program.arguments(configPath, directory), { env, stdio: 'ignore' })
}

async function installed({ program, version }: ServerProgram): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, ['--version'], { env })
    return version.exec(stdout + stderr)?.[1] ?? 'of an unknown version'
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function ready(program: ServerProgram, directory: string, child: ChildProcess): Promise<string> {
  for (let waitedMs = 0; waitedMs < startMs; waitedMs += retryMs) {
    if (hasEnded(child)) throw new Error(`${program.program} has ended as soon as it was started`)
    const address = await program.address(directory)
    if (address !== undefined && (await answers(address, program))) return address
    await wait(retryMs)
  }
  throw new Error(`${program.program} has not answered for ${startMs / 1000} s`)
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), stopMs)
  await exited
  clearTimeout(force)
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
