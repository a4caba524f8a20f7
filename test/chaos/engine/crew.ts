import type { BusOptions } from '@clusterbus/client'
import cluster from 'node:cluster'
import type { Random } from '../../support/random.ts'
import { TestWorker } from '../../cluster/support/workers.ts'
import type { ChaosMember } from '../fixtures/member.ts'
import type { LoadOrder } from '../load/order.ts'
import { type FinalReport, isProgress, type Progress } from '../load/report.ts'

/** One of the processes under fire. */
export interface Hand {
  readonly serial: number
  readonly worker: TestWorker<ChaosMember>
  /** Whether it has all of its subscriptions. */
  isReady: boolean
}

/** Where a crew puts down what its members tell. */
export interface Books {
  readonly violations: string[]
  progress(progress: Progress): void
  /** What a member tells at the end, when all is quiet. */
  final(report: FinalReport): void
  /** What a member tells when it goes as it should, while the others go on. */
  left(report: FinalReport): void
  /** A member has all of its subscriptions; whoever comes after it has `nextSerial` or more. */
  ready(serial: number, nextSerial: number): void
}

/** The members of one scenario: forks, kills and retires them, and puts down what they tell. */
export class Crew {
  readonly random: Random
  readonly #program: string
  readonly #books: Books
  readonly #load: Omit<LoadOrder, 'serial'>
  readonly #hands = new Set<Hand>()
  #nextSerial = 1

  constructor(program: string, load: Omit<LoadOrder, 'serial'>, books: Books, random: Random) {
    this.#program = program
    this.#load = load
    this.#books = books
    this.random = random
  }

  /** Those who are at work now. */
  get ready(): readonly Hand[] {
    return [...this.#hands].filter(({ isReady }) => isReady)
  }

  get all(): readonly Hand[] {
    return [...this.#hands]
  }

  /** Starts a process; its bus is connected soon. */
  fork(bus: BusOptions = {}): Hand {
    const args = [String(this.#nextSerial), JSON.stringify(bus)]
    cluster.setupPrimary({ exec: this.#program, execArgv: [], args, silent: true })
    const worker = new TestWorker<ChaosMember>(cluster.fork())
    const hand: Hand = { serial: this.#nextSerial, worker, isReady: false }
    this.#nextSerial += 1
    this.#hands.add(hand)
    worker.worker.on('message', (message: unknown) => {
      if (isProgress(message)) this.#books.progress(message.progress)
    })
    void worker.exited.then(() => this.#hands.delete(hand))
    return hand
  }

  /** Starts one and gives it its load. Resolves when it has all of its subscriptions; a death before that is no error. */
  async add(load: Partial<LoadOrder> = {}, bus: BusOptions = {}): Promise<Hand> {
    const hand = this.fork(bus)
    try {
      await hand.worker.call('start', { ...this.#load, ...load, serial: hand.serial })
      this.#books.ready(hand.serial, this.#nextSerial)
      hand.isReady = true
    } catch (error) {
      if (this.#hands.has(hand)) throw error
    }
    return hand
  }

  addMany(count: number): Promise<Hand[]> {
    return Promise.all(Array.from({ length: count }, () => this.add()))
  }

  async kill(hand: Hand): Promise<void> {
    this.#hands.delete(hand)
    await hand.worker.kill()
    this.#complain(hand)
  }

  /** Ends it as its owner should, while the others go on. */
  async retire(hand: Hand): Promise<void> {
    hand.isReady = false
    const report = await hand.worker.call('leave')
    if (report !== undefined) this.#books.left(report)
    await hand.worker.last('end')
    this.#complain(hand)
  }

  /** Stops all of them, and puts down what they have got when all is quiet. */
  async settle(): Promise<void> {
    const hands = this.ready
    await Promise.all(hands.map(({ worker }) => worker.call('stop')))
    for (const report of await Promise.all(hands.map(({ worker }) => worker.call('final')))) {
      if (report !== undefined) this.#books.final(report)
    }
  }

  async close(): Promise<void> {
    const hands = this.all
    await Promise.all(hands.map(({ worker }) => worker.kill()))
    for (const hand of hands) this.#complain(hand)
  }

  #complain({ serial, worker: { stderr } }: Hand): void {
    if (stderr !== '') this.#books.violations.push(`member ${serial} wrote: ${stderr.slice(0, 500)}`)
  }
}
