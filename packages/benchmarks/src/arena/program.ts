import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { control, type Remote } from './control.ts'

const sources = fileURLToPath(new URL('..', import.meta.url))

/** A program of this package that runs in a process of its own and does what it is told. */
export class Program<Api extends object> {
  readonly api: Remote<Api>
  readonly #process: ChildProcess
  readonly #ended: Promise<never>

  /** Starts the program at `path`. `title` is what errors call it. */
  constructor(title: string, path: string, args: readonly string[] = []) {
    const child = fork(path, args)
    this.#process = child
    this.api = control<Api>({
      send: (message) => this.send(message),
      listen: (listener) => this.listen(listener),
    })
    this.#ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`${title} has ended unexpectedly (${String(code ?? signal)})`)
    })
    // Whoever waits for something of this program hears of it; while nobody does, nothing is lost.
    this.#ended.catch(() => undefined)
  }

  send(message: unknown): void {
    this.#process.send(Object(message))
  }

  listen(listener: (message: unknown) => void): void {
    this.#process.on('message', listener)
  }

  /** What `work` resolves to. Rejects when the program ends before. */
  whileAlive<Result>(work: Promise<Result>): Promise<Result> {
    return Promise.race([work, this.#ended])
  }

  /** Ends it, as it is told to do when its channel closes. Idempotent. */
  async close(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect()
    await this.#ended.catch(() => undefined)
  }
}

/**
 * The path of a program that stands beside the module at `base`: a source where sources run, else what was built. Tests
 * name a folder of programs, `CLUSTERBUS_PROGRAMS`, that is used for the sources of which it holds one.
 */
export function programPath(name: string, base: string): string {
  if (!base.endsWith('.ts')) return fileURLToPath(new URL(`${name}.js`, base))
  const source = fileURLToPath(new URL(`${name}.ts`, base))
  const programs = process.env['CLUSTERBUS_PROGRAMS']
  if (programs === undefined) return source
  const program = join(programs, relative(sources, source).replace(/ts$/, 'js'))
  return existsSync(program) ? program : source
}
