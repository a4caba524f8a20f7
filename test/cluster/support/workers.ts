import { type ChildProcess, fork, spawn } from 'node:child_process'
import cluster, { type Worker } from 'node:cluster'
import { programArgv, programPath } from '../../support/program.ts'

/** Calls that a fixture answers: see `fixtures/support/answer.ts`. */
export type Calls = Readonly<Record<string, (...args: never[]) => unknown>>

export interface ForkOptions {
  readonly serialization?: 'json' | 'advanced'
  readonly env?: Readonly<Record<string, string>>
  readonly execArgv?: readonly string[]
  readonly args?: readonly string[]
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** What runs a fixture. */
export const execArgv = programArgv
/** How long a worker may take to answer, in milliseconds: long enough for a busy machine, shorter than the test. */
const answerMs = 45_000

const alive = new Set<TestProcess<Calls>>()

export function fixturePath(name: string): string {
  return programPath(`cluster/fixtures/${name}`)
}

/** A process that this one has started and that runs a fixture. */
export class TestProcess<Commands extends Calls> {
  readonly child: ChildProcess
  readonly exited: Promise<Exit>
  /** All that the fixture sent and that was no answer. */
  readonly reports: unknown[] = []
  stdout = ''
  stderr = ''
  /** Resolves when the fixture listens: what is sent to a worker before that is lost. */
  readonly up: Promise<unknown>
  readonly #waiting = new Map<number, Waiting>()
  readonly #wanting: { readonly test: (report: unknown) => boolean; readonly waiting: Waiting }[] = []
  #next = 1
  #gone: Error | undefined

  constructor(child: ChildProcess) {
    this.child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    child.on('message', (message: unknown) => this.#received(message))
    child.on('error', () => undefined)
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        alive.delete(this)
        this.#left(new Error(`the process has exited (${signal ?? code}): ${this.stderr}`))
        resolve({ code, signal })
      })
    })
    alive.add(this)
    this.up = this.report('its sign of life', isUp)
    this.up.catch(() => undefined)
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Calls a command of the fixture. */
  async call<Name extends keyof Commands & string>(
    name: Name,
    ...args: Parameters<Commands[Name]>
  ): Promise<Awaited<ReturnType<Commands[Name]>>> {
    await this.up
    const number = this.#next++
    const answer = this.#wait(`the answer to ${name}`, (waiting) => this.#waiting.set(number, waiting))
    this.tell({ call: name, number, args })
    // What a fixture answers has the type that its command says.
    return (await answer) as Awaited<ReturnType<Commands[Name]>>
  }

  /** Calls a command that ends the process, and waits for its end. */
  async last<Name extends keyof Commands & string>(name: Name, ...args: Parameters<Commands[Name]>): Promise<Exit> {
    await this.up
    this.tell({ call: name, number: 0, args })
    return this.exited
  }

  tell(message: object): void {
    this.child.send(message, () => undefined)
  }

  /** The first report, from before or yet to come, that passes the test. */
  async report(what: string, test: (report: unknown) => boolean): Promise<unknown> {
    const found = this.reports.find(test)
    return found ?? this.#wait(what, (waiting) => this.#wanting.push({ test, waiting }))
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    this.child.kill(signal)
    return this.exited
  }

  async #wait(what: string, begin: (waiting: Waiting) => void): Promise<unknown> {
    if (this.#gone !== undefined) throw this.#gone
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise((resolve, reject) => {
        timer = setTimeout(
          () => reject(new Error(`${what} did not come within ${answerMs} ms: ${this.stderr}`)),
          answerMs,
        )
        begin({ resolve, reject })
      })
    } finally {
      clearTimeout(timer)
    }
  }

  #received(message: unknown): void {
    if (typeof message === 'object' && message !== null && 'answer' in message) {
      const waiting = this.#waiting.get(Number(message.answer))
      this.#waiting.delete(Number(message.answer))
      if ('failed' in message) waiting?.reject(Object.assign(new Error('remote'), message.failed))
      else waiting?.resolve('value' in message ? message.value : undefined)
      return
    }
    this.reports.push(message)
    for (const wanting of this.#wanting) if (wanting.test(message)) wanting.waiting.resolve(message)
  }

  #left(error: Error): void {
    this.#gone = error
    for (const { reject } of this.#waiting.values()) reject(error)
    for (const { waiting } of this.#wanting) waiting.reject(error)
  }
}

/** A cluster worker of this process that runs a fixture. */
export class TestWorker<Commands extends Calls> extends TestProcess<Commands> {
  readonly worker: Worker

  constructor(worker: Worker) {
    super(worker.process)
    this.worker = worker
    worker.on('error', () => undefined)
  }
}

function isUp(report: unknown): boolean {
  return typeof report === 'object' && report !== null && 'up' in report
}

/** Forks a cluster worker of this process. */
export function forkWorker<Commands extends Calls>(fixture: string, options: ForkOptions = {}): TestWorker<Commands> {
  cluster.setupPrimary({
    exec: fixturePath(fixture),
    execArgv: [...execArgv, ...(options.execArgv ?? [])],
    args: [...(options.args ?? [])],
    serialization: options.serialization ?? 'json',
    silent: true,
  })
  return new TestWorker<Commands>(cluster.fork(options.env))
}

/** Starts a process that runs a fixture, and has an IPC channel to this one. */
export function startChild<Commands extends Calls>(
  fixture: string,
  options: ForkOptions & { readonly by?: 'fork' | 'spawn' } = {},
): TestProcess<Commands> {
  const { by = 'fork', serialization = 'json', args = [], env = process.env } = options
  const argv = [...execArgv, ...(options.execArgv ?? [])]
  const path = fixturePath(fixture)
  const child =
    by === 'fork'
      ? fork(path, args, { execArgv: argv, serialization, env, silent: true })
      : spawn(process.execPath, [...argv, path, ...args], {
          stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
          serialization,
          env,
        })
  return new TestProcess<Commands>(child)
}

/** Kills all processes that still live. Throws when one of them complained on its standard error. */
export async function endWorkers(): Promise<void> {
  const left = [...alive]
  await Promise.all(left.map((each) => each.kill()))
  const complaints = left.map(({ stderr }) => stderr).filter((text) => text !== '' && !text.includes('Experimental'))
  if (complaints.length > 0) throw new Error(`a process complained: ${complaints.join('\n')}`)
}
