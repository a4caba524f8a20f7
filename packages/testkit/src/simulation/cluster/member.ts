import type { BusEvents } from '@clusterbus/client'
import { BusCore, type BusEnvironment, type EventSink } from '@clusterbus/client/core'
import type { Limits } from '@clusterbus/protocol'
import type { MemberRecord } from '../history/ledger.ts'
import type { PendingRecord } from '../history/records.ts'
import { SimulatedProcess } from '../time/simulated-process.ts'
import type { BrokerHost, World } from './broker-host.ts'
import type { SimulatedConnection } from './connection.ts'

/** Codes of errors that say nothing about what was published or is subscribed. */
const harmless = new Set(['HANDLER_FAILED', 'UNDECODABLE', 'BROKER_UNREACHABLE'])

/** A process with one bus, connected through links on which things go wrong. */
export class Member {
  readonly name: string
  readonly bus: BusCore
  readonly process: SimulatedProcess
  readonly record: MemberRecord
  readonly world: World
  connection: SimulatedConnection | undefined
  /** Whether its bus was told to close or drain. */
  isEnding = false

  constructor(name: string, world: World, host: BrokerHost, limits: Limits) {
    this.name = name
    this.world = world
    this.process = new SimulatedProcess(name, world.time)
    this.record = world.ledger.addMember(name)
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
      limits,
      codec: undefined,
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
    return {
      on: () => undefined,
      off: () => undefined,
      emit: <Name extends keyof BusEvents>(name: Name, ...[argument]: BusEvents[Name]) => {
        if (name === 'connect') this.#connected()
        else if (name === 'close') {
          this.record.closed = true
          this.log('is closed')
        } else this.#noticed(name, Object(argument))
      },
    }
  }

  #connected(): void {
    const id = this.bus.member?.id
    this.log(`is member ${id}`)
    if (id === undefined) return
    this.record.ids.add(id)
    if (this.connection?.damage === 'corrupt') this.world.ledger.taint(this.record, id)
  }

  #noticed(name: string, { code, message, pattern }: Readonly<Record<string, string | undefined>>): void {
    const { ledger } = this.world
    const index = this.log(`'${name}' ${code ?? pattern} ${message ?? ''}`)
    if (name === 'slow') {
      for (const subscription of ledger.subscriptions) {
        if (subscription.member === this.name && subscription.pattern === pattern) subscription.overflowed = true
      }
      return
    }
    if (name === 'disconnect') ledger.lost(this.record, index)
    else if (code !== undefined && !harmless.has(code)) ledger.lost(this.record, index)
    if (code === 'BAD_FRAME' && this.connection?.damage !== 'corrupt') {
      ledger.violated('links', index, `${this.name} could not read what the broker sent: ${message}`)
    }
    if (code === 'UNDECODABLE' && !this.#isAnybodyTainted()) {
      ledger.violated('matching', index, `${this.name} could not decode: ${message}`)
    }
    if (name === 'disconnect' && this.connection?.damage === undefined) {
      ledger.violated('links', index, `${this.name} lost its link, and nobody had cut it`)
    }
  }

  #isAnybodyTainted(): boolean {
    for (const member of this.world.ledger.members.values()) if (member.tainted) return true
    return false
  }
}
