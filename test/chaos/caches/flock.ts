import cluster from 'node:cluster'
import { TestWorker } from '../../cluster/support/workers.ts'
import type { Random } from '../../support/random.ts'
import type { Truth } from '../../support/truth.ts'
import type { CachesMember } from '../fixtures/caches-member.ts'
import { isBook, isWriteRequest } from './book.ts'
import type { Fault } from './faults.ts'
import type { History } from './history.ts'

export interface FlockOptions {
  readonly program: string
  readonly truth: Truth
  readonly history: History
  readonly random: Random
  readonly fault: Fault | undefined
  /** Where members elect who hosts their broker; without it, it is this process's. */
  readonly path: string | undefined
}

/** A member, as long as it lives. */
export interface Sheep {
  readonly serial: number
  readonly worker: TestWorker<CachesMember>
}

/** The members under fire: forks them, writes what they want written, and puts down what they tell. */
export class Flock {
  /** Codes with which invalidations have not resolved, and how often. */
  readonly failures = new Map<string, number>()
  readonly complaints: string[] = []
  readonly #options: FlockOptions
  readonly #free: Sheep[] = []
  readonly #hits = new Map<number, number>()
  #nextSerial = 1
  #nextVersion = 1

  constructor(options: FlockOptions) {
    this.#options = options
  }

  /** Reads that were answered from a cache. */
  get hits(): number {
    let sum = 0
    for (const hits of this.#hits.values()) sum += hits
    return sum
  }

  /** Adds a member. Resolves when it is at work. */
  async add(): Promise<void> {
    const { program, truth, random, fault, path } = this.#options
    const serial = this.#nextSerial++
    const args = [String(serial), truth.path, String(random.below(2 ** 31)), fault ?? '', path ?? '']
    cluster.setupPrimary({ exec: program, execArgv: [], args, serialization: 'json', silent: true })
    const worker = new TestWorker<CachesMember>(cluster.fork())
    worker.worker.on('message', (message: unknown) => this.#told(serial, worker, message))
    await worker.call('start')
    this.#free.push({ serial, worker })
  }

  /** A member that nothing is done to until it is let go; `undefined` when there is none. */
  take(): Sheep | undefined {
    const [taken] = this.#free.splice(this.#options.random.below(Math.max(1, this.#free.length)), 1)
    return taken
  }

  /** The same for the member that has that process. */
  takeProcess(pid: number): Sheep | undefined {
    const at = this.#free.findIndex(({ worker }) => worker.pid === pid)
    return at < 0 ? undefined : this.#free.splice(at, 1)[0]
  }

  letGo(sheep: Sheep): void {
    this.#free.push(sheep)
  }

  /** After its end. */
  lost({ serial, worker: { stderr } }: Sheep): void {
    if (stderr !== '') this.complaints.push(`member ${serial} wrote: ${stderr.slice(0, 500)}`)
  }

  /** Ends the work of all, who have told by then what they did, and then them. */
  async end(): Promise<void> {
    const all = this.#free.splice(0)
    await Promise.all(all.map(({ worker }) => worker.call('stop')))
    for (const sheep of all) {
      await sheep.worker.kill()
      this.lost(sheep)
    }
  }

  #told(serial: number, worker: TestWorker<CachesMember>, message: unknown): void {
    if (isWriteRequest(message)) {
      const version = this.#nextVersion++
      this.#options.truth.write(message.write, version)
      worker.tell({ written: message.id, version })
    } else if (isBook(message)) {
      const { book } = message
      this.#options.history.add(serial, book)
      this.#hits.set(serial, book.hits)
      for (const code of book.failures) this.failures.set(code, (this.failures.get(code) ?? 0) + 1)
      // Reports are kept for whoever asks later, and nobody asks for these.
      worker.reports.length = 0
    }
  }
}
