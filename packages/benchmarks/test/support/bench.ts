import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export interface Ended {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

/** `pnpm bench` from source. */
export class Bench {
  readonly child: ChildProcess
  /** Resolves when it says on stderr that it measures. */
  readonly measuring: Promise<unknown>
  /** Resolves when it and all processes that it has started have ended: they hold on to its output. */
  readonly ended: Promise<Ended>

  constructor(...args: string[]) {
    const program = fileURLToPath(new URL('../../src/bench.ts', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=@clusterbus/source', '--import', 'tsx', program, ...args], {
      env: { ...process.env, CLUSTERBUS_PROGRAMS: undefined },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)]
    this.child = child
    this.measuring = once(child.stderr, 'data')
    this.ended = once(child, 'close').then(([code]) => ({ code, stdout: stdout(), stderr: stderr() }))
  }
}

function gather(stream: Readable): () => string {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}
