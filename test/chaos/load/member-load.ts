import type { Bus, Subscription } from '@clusterbus/client'
import { setImmediate as turn } from 'node:timers/promises'
import { Asking } from './asking.ts'
import { type LoadOrder, patterns, slowMessages, slowPattern } from './order.ts'
import { Publishing } from './publishing.ts'
import type { FinalReport, Progress } from './report.ts'
import { Tally } from './tally.ts'

/** All that a member of the chaos does with its bus, and the account that it keeps of it. */
export class MemberLoad {
  readonly #bus: Bus
  readonly #order: LoadOrder
  readonly #asking: Asking
  readonly #publishing: Publishing
  readonly #tallies = new Map<string, Tally>()
  readonly #slow: Tally
  readonly #faults: string[] = []
  #worked: string[] = []
  #disconnects = 0
  #slowSubscription: Subscription | undefined
  #member = 0

  constructor(bus: Bus, order: LoadOrder) {
    this.#bus = bus
    this.#order = order
    const fault = (what: string): void => void (this.#faults.length < 5 && this.#faults.push(what))
    this.#asking = new Asking(bus, order.serial, fault)
    this.#publishing = new Publishing(bus, order, this.#asking)
    this.#slow = new Tally(slowPattern, fault)
    for (const pattern of patterns) this.#tallies.set(pattern, new Tally(pattern, fault))
    bus.on('disconnect', () => (this.#disconnects += 1))
  }

  /** Subscribes, and publishes from then on. */
  async start(): Promise<void> {
    const subscriptions = Array.from(this.#tallies, ([pattern, tally]) => this.#bus.subscribe(pattern, tally.take))
    const work = (kind: string) => (data: { by: number; number: number }) => {
      this.#worked.push(`${kind} ${data.by}.${data.number}`)
      return data
    }
    subscriptions.push(this.#bus.subscribe('job.*', work('job'), { group: 'workers' }))
    subscriptions.push(this.#bus.respond('who', work('ask')))
    if (this.#order.slow) subscriptions.push((this.#slowSubscription = this.#subscribeSlowly()))
    await Promise.all(subscriptions.map(({ ready }) => ready))
    this.#member = this.#bus.member?.id ?? 0
    this.#publishing.start()
  }

  /** Publishes nothing more. Resolves when all has ended that was begun, and the broker has routed what was published. */
  async stop(): Promise<void> {
    this.#publishing.stop()
    await this.#asking.settled()
    await this.#flushed()
  }

  /** Call when all members have stopped: what was routed before a flush has arrived after it. */
  async final(): Promise<FinalReport> {
    await this.#flushed()
    await this.#slowSubscription?.drain()
    return this.#report()
  }

  /** Goes as it should, while others go on. */
  async leave(): Promise<FinalReport> {
    this.#publishing.stop()
    await this.#asking.settled()
    await this.#bus.drain()
    return this.#report()
  }

  progress(): Progress {
    const { published, jobs } = this.#publishing
    const { asked, answered, failed } = this.#asking
    const worked = this.#worked
    this.#worked = []
    const { serial } = this.#order
    const [disconnects, faults] = [this.#disconnects, this.#faults]
    const sums = { handed: 0, inversions: 0, duplicates: 0 }
    for (const { handed, inversions, duplicates } of [...this.#tallies.values(), this.#slow]) {
      sums.handed += handed
      sums.inversions += inversions
      sums.duplicates += duplicates
    }
    return { serial, published, jobs, asked, answered, failed, ...sums, disconnects, faults, worked }
  }

  #report(): FinalReport {
    const { dropped, pendingRequests, received, missed } = this.#bus.stats()
    const tallies = Object.fromEntries(Array.from(this.#tallies, ([pattern, { tallied }]) => [pattern, tallied]))
    const counted = { dropped, pendingRequests, received, missed, member: this.#member }
    return { ...this.progress(), tallies, slow: this.#slow.tallied, ...counted }
  }

  #subscribeSlowly(): Subscription {
    const take = async (data: unknown, message: { readonly topic: string }): Promise<void> => {
      for (let turns = 0; turns < 10; turns += 1) await turn()
      this.#slow.take(data, message)
    }
    return this.#bus.subscribe(slowPattern, take, { overflow: 'drop-oldest', queuedMessages: slowMessages })
  }

  /** Also when the link is lost meanwhile. */
  async #flushed(): Promise<void> {
    for (;;) {
      await this.#bus.ready()
      const done = await this.#bus.flush().then(
        () => true,
        () => false,
      )
      if (done) return
    }
  }
}
