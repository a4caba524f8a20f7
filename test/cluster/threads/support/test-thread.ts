import { once } from 'node:events'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { DoesAsTold } from '../../fixtures/does-as-told.ts'
import { type Calls, fixturePath } from '../../support/workers.ts'

const alive = new Set<Worker>()

/** A thread of this process that runs a fixture. */
export class TestThread<Commands extends Calls = DoesAsTold> {
  readonly worker: Worker
  readonly exited: Promise<number>
  /** All that the app of this process has heard from it, or about it. */
  readonly heard: unknown[] = []
  /** What it threw and did not catch. */
  readonly errors: Error[] = []
  readonly #up: Promise<unknown>
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  #next = 1

  constructor(fixture: string, options: WorkerOptions = {}) {
    this.worker = new Worker(fixturePath(fixture), options)
    alive.add(this.worker)
    this.#up = once(this.worker, 'message')
    this.#up.catch(() => undefined)
    this.worker.on('message', (message: unknown) => this.#received(message))
    this.worker.on('error', (error) => this.errors.push(error))
    this.exited = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        alive.delete(this.worker)
        for (const { reject } of this.#waiting.values()) reject(new Error(`the thread has ended (${code})`))
        resolve(code)
      })
    })
  }

  /** Calls a command of the fixture. */
  async call<Name extends keyof Commands & string>(
    name: Name,
    ...args: Parameters<Commands[Name]>
  ): Promise<Awaited<ReturnType<Commands[Name]>>> {
    await this.#up
    const number = this.#next++
    const answer = new Promise((resolve, reject) => this.#waiting.set(number, { resolve, reject }))
    this.worker.postMessage({ call: name, number, args })
    // What a fixture answers has the type that its command says.
    return (await answer) as Awaited<ReturnType<Commands[Name]>>
  }

  /** Calls a command that ends the thread, and waits for its end. */
  async last<Name extends keyof Commands & string>(name: Name, ...args: Parameters<Commands[Name]>): Promise<number> {
    await this.#up
    this.worker.postMessage({ call: name, number: 0, args })
    return this.exited
  }

  async terminate(): Promise<void> {
    await this.worker.terminate()
    await this.exited
  }

  #received(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('answer' in message)) {
      this.heard.push(message)
      return
    }
    const waiting = this.#waiting.get(Number(message.answer))
    this.#waiting.delete(Number(message.answer))
    if ('failed' in message) waiting?.reject(Object.assign(new Error('remote'), message.failed))
    else waiting?.resolve('value' in message ? message.value : undefined)
  }
}

/** A thread that does as told, with a bus that is connected, however many of them want the processor. */
export async function joinThread(name: string, options: WorkerOptions = {}): Promise<TestThread> {
  const thread = new TestThread('does-as-told', options)
  await thread.call('open', { name, connectTimeout: 45_000 })
  await thread.call('ready')
  return thread
}

/** Ends all threads that still live. */
export async function endThreads(): Promise<void> {
  await Promise.all(Array.from(alive, (worker) => worker.terminate()))
}
