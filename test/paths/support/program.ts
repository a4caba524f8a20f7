import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { programArgv, programPath } from '../../support/program.ts'

/** `clusterbus-broker`, as a process of its own. */
export class Program implements AsyncDisposable {
  readonly process: ChildProcessByStdio<null, Readable, Readable>
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>
  stdout = ''
  stderr = ''

  constructor(...args: readonly string[]) {
    this.process = spawn(process.execPath, [...programArgv, programPath(`paths/fixtures/${this.fixture}`), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.exited = new Promise((resolve) => this.process.once('close', (code, signal) => resolve({ code, signal })))
  }

  protected get fixture(): string {
    return 'clusterbus-broker'
  }

  get pid(): number {
    return this.process.pid ?? 0
  }

  /** Resolves when it listens; rejects with what it said when it ends before. */
  async listening(): Promise<void> {
    if (this.stdout !== '') return
    await Promise.race([
      once(this.process.stdout, 'data'),
      this.exited.then(() => Promise.reject(new Error(this.stderr))),
    ])
  }

  async end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    this.process.kill(signal)
    return this.exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
  }
}

/** The same, which is told to end while it claims its path. */
export class EndedEarly extends Program {
  protected override get fixture(): string {
    return 'ends-while-it-claims'
  }
}
