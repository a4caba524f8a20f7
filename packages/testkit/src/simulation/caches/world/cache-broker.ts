import { BrokerCore } from '@clusterbus/broker/core'
import { type BusError, type Clock, resolveLimits } from '@clusterbus/protocol'
import { SimulatedConnection } from '../../cluster/connection.ts'
import type { Dice } from '../../dice.ts'
import type { History } from '../../history/history.ts'
import type { Faults } from '../../links/faults.ts'
import { SimulatedProcess } from '../../time/simulated-process.ts'
import type { VirtualTime } from '../../time/virtual-time.ts'
import type { CacheLedger } from '../record/cache-ledger.ts'
import { AnswerAccount } from './answer-account.ts'
import { drawClock, driftingClock } from './drifting-clock.ts'
import type { CacheSimulationScenario } from './scenario.ts'
import { tappedLink } from './tapped-link.ts'

/** What the parts of a simulated cluster with caches share. */
export interface CacheWorld {
  readonly time: VirtualTime
  readonly history: History
  readonly ledger: CacheLedger
  readonly faults: Faults
  readonly scenario: CacheSimulationScenario
  /** For clocks and processes. */
  readonly dice: Dice
}

/** Who looks for a broker. */
interface Seeker {
  readonly name: string
  readonly pid: number
  readonly process: SimulatedProcess
  readonly linked: (connection: SimulatedConnection) => void
}

/** Timers may be late, and a message is handled a moment after it came. */
const graceMs = 12

/** The one process in which brokers live, one after the other; each is told how long members of those before it may serve. */
export class CacheBroker {
  readonly process: SimulatedProcess
  readonly #world: CacheWorld
  readonly #clock: Clock
  readonly #seekers = new Set<Seeker>()
  readonly #accounts = new Set<AnswerAccount>()
  #core: BrokerCore | undefined
  #formerUntil = 0
  #stops = 0

  constructor(world: CacheWorld) {
    this.#world = world
    this.process = new SimulatedProcess('broker', world.time)
    this.#clock = driftingClock(this.process.clock, drawClock(world.dice, world.scenario.drift), world.dice)
    this.start()
  }

  get core(): BrokerCore | undefined {
    return this.#core
  }

  /** Longest that an invalidation may wait for anybody, by the broker's clock. */
  get longestMs(): number {
    return this.#world.scenario.leaseMs + this.#world.scenario.marginMs + graceMs
  }

  start(): void {
    if (this.#core !== undefined) return
    const { leaseMs, marginMs, heartbeatMs, pendingMax } = this.#world.scenario
    this.#log('starts')
    this.#core = new BrokerCore({
      limits: resolveLimits({ pendingRequests: pendingMax }),
      stallMs: 1_000,
      leases: { leaseMs, marginMs },
      formerLeasesUntil: this.#formerUntil,
      liveness: { heartbeatMs, silenceMs: 20 * heartbeatMs },
      clock: this.#clock,
      report: (error) => this.#reported(error),
    })
    for (const seeker of this.#seekers) this.#connect(seeker)
  }

  /** Closes this broker. Another may start at once, while this one still parts from its members. */
  close(timeoutMs: number): Promise<void> {
    const core = this.#core
    if (core === undefined) return Promise.resolve()
    this.#log(timeoutMs === 0 ? 'closes' : 'drains')
    this.#core = undefined
    this.#formerUntil = Math.max(this.#formerUntil, core.leasing.leasesUntil)
    return core.drain(timeoutMs)
  }

  stop(): void {
    this.#log('is stopped')
    this.#stops += 1
    this.process.stop()
  }

  goOn(): void {
    if (this.process.state !== 'stopped') return
    this.#log('goes on')
    this.#stops += 1
    this.process.goOn()
  }

  /** The primary hears that a worker has exited. */
  exited(pid: number): void {
    this.#log(`hears that process ${pid} has exited`)
    this.#core?.processExited(pid)
  }

  /** Looks for a broker as a member would. Returns how to stop. */
  seek(seeker: Seeker): () => void {
    this.#seekers.add(seeker)
    seeker.process.schedule(this.#world.scenario.wire.latencyMs, () => this.#connect(seeker))
    return () => void this.#seekers.delete(seeker)
  }

  /** Judges what was never answered. */
  judge(): void {
    for (const account of this.#accounts) account.judgeAll()
  }

  #connect(seeker: Seeker): void {
    if (this.#core === undefined || !this.#seekers.has(seeker)) return
    const { name, pid, process, linked } = seeker
    const { scenario, faults, time } = this.#world
    const { latencyMs } = scenario.wire
    const connection = new SimulatedConnection(name, process, this.process, scenario.wire, faults)
    this.process.schedule(latencyMs, () => {
      const core = this.#core
      if (core === undefined || process.state === 'ended' || !this.#seekers.delete(seeker)) return
      core.accept(tappedLink(connection.brokerEnd, this.#account(name)), { name, pid, kind: 'cluster', bus: name })
      time.schedule(latencyMs, () => {
        if (process.state === 'ended') connection.vanish('member')
        else process.schedule(0, () => linked(connection))
      })
    })
  }

  #account(name: string): AnswerAccount {
    const late = (tookMs: number): void => {
      const index = this.#log(`takes ${tookMs.toFixed(1)} ms to answer an invalidation of ${name}`)
      const message = `the broker took ${tookMs.toFixed(1)} ms to answer ${name}; no lease lasts longer than ${this.longestMs} ms`
      this.#world.ledger.violated('answer', index, message)
    }
    const account = new AnswerAccount(
      () => this.#clock.now(),
      () => this.#stops,
      this.longestMs,
      late,
    )
    this.#accounts.add(account)
    return account
  }

  /** Members that are stopped for long are disconnected; what else it reports, nobody has given it a reason for. */
  #reported({ code, message }: BusError): void {
    const index = this.#log(`reports ${code}: ${message}`)
    if (code === 'BAD_FRAME') this.#world.ledger.violated('links', index, message)
  }

  #log(what: string): number {
    return this.#world.history.add('broker', what)
  }
}
