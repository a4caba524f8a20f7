import type { BusEvents, SlowEvent } from '@clusterbus/client'
import { BusCore, type BusEnvironment, type EventSink } from '@clusterbus/client/core'
import type { BusError } from '@clusterbus/protocol'
import type { MemberRecord } from '../history/ledger.ts'
import type { PendingRecord } from '../history/records.ts'
import { SimulatedProcess } from '../time/simulated-process.ts'
import type { BrokerHost, World } from './broker-host.ts'
import type { SimulatedConnection } from './connection.ts'

/** Codes of errors that say nothing about what was published or is subscribed. */
const harmless = new Set(['HANDLER_FAILED', 'UNDECODABLE', 'BROKER_UNREACHABLE'])

/** What its owner has chosen for a bus. */
export type BusChoice = Pick<BusEnvironment, 'limits' | 'codec' | 'terms'>

/** A process with one bus, connected through links on which things go wrong. */
export class Member {
  readonly name: string
  readonly bus: BusCore
  readonly process: SimulatedProcess
  readonly record: MemberRecord
  readonly world: World
  connection: SimulatedConnection | undefined
  /** What its bus had missed when it connected. */
  missedBefore = 0
  /** Whether its bus was told to close or drain. */
  isEnding = false

  constructor(name: string, world: World, host: BrokerHost, choice: BusChoice, dropsWork: boolean) {
    this.name = name
    this.world = world
    this.process = new SimulatedProcess(name, world.time)
    this.record = world.ledger.addMember(name, dropsWork)
    const environment: BusEnvironment = {
      connector: {
        seek: (found) =>
          host.seek(name, this.process, (connection) => {
            this.#watch(connection)
            found.linked(connection.memberEnd)
          }),
      },
      clock: this.process.clock,
      turns: this.process.turns,
      events: this.#events(),
      ...choice,
      connectTimeoutMs: 5_000,
      drainTimeoutMs: 10_000,
      closed: () => undefined,
    }
    world.history.add(name, 'starts')
    this.bus = new BusCore(environment)
    this.bus.start()
  }

  /** Whether it can still be asked to do something. */
  get isOpen(): boolean {
    return !this.isEnding && this.process.state !== 'ended'
  }

  /** The process dies. What it waited for is nobody's business any more. */
  crash(): void {
    const { history, ledger } = this.world
    const index = history.add(this.name, 'crashes')
    this.record.crashed = true
    ledger.lost(this.record, index)
    this.process.end()
    this.connection?.vanish('member')
    for (const pending of ledger.pending) if (pending.member === this.name) ledger.pending.delete(pending)
    for (const subscription of ledger.subscriptions) {
      if (subscription.member === this.name && subscription.endedIndex === undefined) {
        subscription.endedIndex = index
        subscription.endReason = 'bus'
      }
    }
  }

  /** Something has begun that must end, unless the process does. Call what it returns then. */
  begin(what: string): () => void {
    const { history, ledger } = this.world
    const pending: PendingRecord = { member: this.name, what, index: history.add(this.name, what) }
    ledger.pending.add(pending)
    return () => void ledger.pending.delete(pending)
  }

  log(what: string): number {
    return this.world.history.add(this.name, what)
  }

  #watch(connection: SimulatedConnection): void {
    const { ledger } = this.world
    this.connection = connection
    if (connection.memberId !== undefined) this.record.ids.add(connection.memberId)
    connection.onCorrupt = () => {
      this.log('bytes on its link are changed')
      ledger.taint(this.record, connection.memberId)
    }
    if (connection.damage === 'corrupt') connection.onCorrupt()
    connection.onImpatience = (side) => {
      // What a bus has left to say when it ends, it says whether there is room or not.
      if (side === 'member' && this.isEnding) return
      ledger.violated(
        'back-pressure',
        this.log(`its ${side} does not wait`),
        `the ${side} of ${this.name} does not wait`,
      )
    }
    connection.onMemberClose = () => {
      this.log(`its link has closed (${connection.damage ?? 'in order'})`)
      if (connection.damage !== undefined) ledger.lost(this.record, this.world.history.lines.length - 1)
    }
  }

  #events(): EventSink {
    const happened: { readonly [Name in keyof BusEvents]: (...args: BusEvents[Name]) => void } = {
      connect: () => this.#connected(),
      disconnect: (reason) => this.#noticed('disconnect', reason),
      error: (error) => this.#noticed('error', error),
      slow: (event) => this.#slow(event),
      close: () => this.#closed(),
    }
    return {
      on: () => undefined,
      off: () => undefined,
      emit: (name, ...args) => happened[name](...args),
    }
  }

  #closed(): void {
    this.record.closed = true
    this.log('is closed')
  }

  #connected(): void {
    this.missedBefore = this.bus.stats().missed
    const id = this.bus.member?.id
    this.log(`is member ${id}`)
    if (id === undefined) return
    this.record.ids.add(id)
    if (this.connection?.damage === 'corrupt') this.world.ledger.taint(this.record, id)
  }

  #slow(event: SlowEvent): void {
    const { pattern, topic, dropped, where } = event
    const index = this.log(`has missed ${dropped}, at last on ${topic}, for ${pattern} at the ${where}`)
    this.record.slow.push({ ...event, index })
  }

  /** Whether the bus may give up its link for that: a subscription of it wants it so. */
  #mayGiveUp(code: string): boolean {
    const { subscriptions } = this.world.ledger
    return code === 'QUEUE_FULL' && subscriptions.some(({ member, disconnects }) => member === this.name && disconnects)
  }

  #denied(topic: string | undefined, index: number): void {
    const { ledger } = this.world
    this.record.denied.push({ topic, index })
    if (this.connection?.damage === 'corrupt' || !ledger.mayPublish(this.name, topic ?? '')) return
    ledger.violated('access', index, `${this.name} may publish to ${topic}, and was told that it may not`)
  }

  #noticed(name: 'disconnect' | 'error', { code, message, topic }: BusError): void {
    const { ledger } = this.world
    const index = this.log(`'${name}' ${code} ${message}`)
    if (code === 'NOT_ALLOWED') return this.#denied(topic, index)
    if (name === 'disconnect') ledger.lost(this.record, index)
    else if (!harmless.has(code)) ledger.lost(this.record, index)
    if (code === 'BAD_FRAME' && this.connection?.damage !== 'corrupt') {
      ledger.violated('links', index, `${this.name} could not read what the broker sent: ${message}`)
    }
    if (code === 'UNDECODABLE' && !ledger.isAnybodyTainted) {
      ledger.violated('matching', index, `${this.name} could not decode: ${message}`)
    }
    if (name === 'disconnect' && this.connection?.damage === undefined && !this.#mayGiveUp(code)) {
      ledger.violated('links', index, `${this.name} lost its link, and nobody had cut it`)
    }
  }
}
