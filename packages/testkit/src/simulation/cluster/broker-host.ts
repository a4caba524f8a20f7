import { BrokerCore, type BrokerCoreOptions } from '@clusterbus/broker/core'
import type { BusError } from '@clusterbus/protocol'
import type { Faults } from '../links/faults.ts'
import type { Wire } from '../links/simulated-link.ts'
import type { History } from '../history/history.ts'
import type { Ledger } from '../history/ledger.ts'
import { SimulatedProcess } from '../time/simulated-process.ts'
import type { VirtualTime } from '../time/virtual-time.ts'
import { checkAccount } from '../checkers/account.ts'
import { SimulatedConnection } from './connection.ts'

/** What the parts of a simulated cluster share. */
export interface World {
  readonly time: VirtualTime
  readonly history: History
  readonly ledger: Ledger
  readonly faults: Faults
  readonly wire: Wire
}

export type BrokerHostOptions = Omit<BrokerCoreOptions, 'clock' | 'report'>

/** Who looks for a broker. */
interface Seeker {
  readonly name: string
  readonly process: SimulatedProcess
  readonly linked: (connection: SimulatedConnection) => void
}

/** The process in which brokers live, one after the other. */
export class BrokerHost {
  readonly #world: World
  readonly #options: BrokerHostOptions
  #process: SimulatedProcess
  #core: BrokerCore | undefined
  #connections = new Set<SimulatedConnection>()
  readonly #seekers = new Set<Seeker>()
  /** Timers that brokers left behind that had closed. */
  leftTimers = 0

  constructor(world: World, options: BrokerHostOptions) {
    this.#world = world
    this.#options = options
    this.#process = new SimulatedProcess('broker', world.time)
    this.start()
  }

  get core(): BrokerCore | undefined {
    return this.#core
  }

  get process(): SimulatedProcess {
    return this.#process
  }

  start(): void {
    if (this.#core !== undefined) return
    const { time, history } = this.#world
    history.add('broker', 'starts')
    this.#process = new SimulatedProcess('broker', time)
    this.#connections = new Set()
    this.#core = new BrokerCore({
      ...this.#options,
      clock: this.#process.clock,
      report: (error) => this.#reported(error),
    })
    for (const seeker of this.#seekers) this.#connect(seeker)
  }

  /** Looks for a broker as a member would. Returns how to stop. */
  seek(name: string, process: SimulatedProcess, linked: (connection: SimulatedConnection) => void): () => void {
    const seeker = { name, process, linked }
    this.#seekers.add(seeker)
    process.schedule(this.#world.wire.latencyMs, () => this.#connect(seeker))
    return () => void this.#seekers.delete(seeker)
  }

  /** Sees whether the account of the broker that is there now is right. */
  audit(): void {
    if (this.#core !== undefined) checkAccount(this.#world, this.#core.stats(), this.#connections)
  }

  /** The process dies, and its links with it. */
  crash(): void {
    if (this.#core === undefined) return
    this.audit()
    this.#world.history.add('broker', 'crashes')
    this.#core = undefined
    this.#process.end()
    for (const connection of this.#connections) connection.vanish('broker')
  }

  /** Closes in order, after what it has taken is delivered. Resolves when it is gone. */
  async drain(timeoutMs: number): Promise<void> {
    const core = this.#core
    if (core === undefined) return
    const { history, ledger } = this.#world
    const process = this.#process
    const connections = this.#connections
    const index = history.add('broker', timeoutMs === 0 ? 'closes' : 'drains')
    this.#core = undefined
    await core.drain(timeoutMs)
    history.add('broker', 'is closed')
    this.leftTimers += process.timers
    const stats = core.stats()
    const { members, subscriptions, pendingRequests, queuedBytes } = stats
    checkAccount(this.#world, stats, connections)
    if (members + subscriptions + pendingRequests + queuedBytes === 0) return
    ledger.violated('tables', index, `a closed broker keeps ${JSON.stringify(stats)}`)
  }

  /** The connection of the member with that number, as the broker that is there now sees it. */
  connectionOf(memberId: number): SimulatedConnection | undefined {
    for (const connection of this.#connections) if (connection.memberId === memberId) return connection
    return undefined
  }

  #connect(seeker: Seeker): void {
    const core = this.#core
    const { name, process, linked } = seeker
    if (core === undefined || !this.#seekers.has(seeker)) return
    const { wire, faults } = this.#world
    const connection = new SimulatedConnection(name, process, this.#process, wire, faults)
    this.#process.schedule(wire.latencyMs, () => {
      // Should this broker die before, the seeker waits for the next.
      if (process.state === 'ended' || !this.#seekers.delete(seeker)) return
      this.#connections.add(connection)
      const before = core.members().at(-1)?.id
      core.accept(connection.brokerEnd, { name, pid: 1, kind: 'cluster', bus: name })
      const id = core.members().at(-1)?.id
      if (id !== before) connection.memberId = id
      this.#world.time.schedule(wire.latencyMs, () => {
        if (process.state === 'ended') connection.vanish('member')
        else process.schedule(0, () => linked(connection))
      })
    })
  }

  /** A member may be disconnected for what it does, never for what others do. */
  #reported(error: BusError): void {
    const { history, ledger } = this.#world
    const index = history.add('broker', `reports ${error.code}: ${error.message}`)
    const connection = error.member === undefined ? undefined : this.connectionOf(error.member)
    const record = ledger.members.get(connection?.memberName ?? '')
    // A bus that is closing hears of it no more, and what lies on its link is not read.
    if (record !== undefined) ledger.lost(record, index)
    if (error.code === 'QUEUE_FULL' || connection?.damage === 'corrupt') return
    if (ledger.isTainted(connection?.memberName ?? '')) return
    if (error.code === 'TIMEOUT' && this.#maySeemSilent(connection)) return
    ledger.violated('links', index, `${connection?.memberName} was disconnected for nothing: ${error.message}`)
  }

  /** Whether it may have been silent for long: its process was stopped, or its link slow or broken. */
  #maySeemSilent(connection: SimulatedConnection | undefined): boolean {
    const { ledger, faults } = this.#world
    if (connection === undefined || connection.damage !== undefined || faults.mayDelay) return true
    return ledger.members.get(connection.memberName)?.stopped === true
  }
}
