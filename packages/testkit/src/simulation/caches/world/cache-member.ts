import { type Cache, createCache } from '@clusterbus/cache'
import type { BusEvents } from '@clusterbus/client'
import { BusCore, type EventSink } from '@clusterbus/client/core'
import { BusError, resolveLimits } from '@clusterbus/protocol'
import type { SimulatedConnection } from '../../cluster/connection.ts'
import type { PendingRecord } from '../../history/records.ts'
import { SimulatedProcess } from '../../time/simulated-process.ts'
import type { CachedValue, HolderState, SimulatedKey } from '../record/records.ts'
import type { CacheBroker, CacheWorld } from './cache-broker.ts'
import { drawClock, driftingClock } from './drifting-clock.ts'
import { LeaseAccount } from './lease-account.ts'
import type { CacheScenario } from './scenario.ts'
import { tappedLink } from './tapped-link.ts'

/** A process with one bus and its caches. */
export class CacheMember {
  readonly name: string
  readonly pid: number
  readonly process: SimulatedProcess
  readonly bus: BusCore
  readonly world: CacheWorld
  readonly account: LeaseAccount
  readonly caches: Map<string, Cache<SimulatedKey, CachedValue>> = new Map()
  /** Whether its options are not those of the others. */
  readonly differs: boolean
  /** What its process is at: while it is blocked its code runs on, and nothing else happens in it. */
  busy: 'no' | 'blocked' | 'stopped' = 'no'
  isEnding = false
  connection: SimulatedConnection | undefined
  /** Links that it has lost, and how often each cache was opened. */
  #losses = 0
  readonly #openings = new Map<string, number>()

  constructor(name: string, pid: number, world: CacheWorld, broker: CacheBroker, differs: boolean) {
    this.name = name
    this.pid = pid
    this.world = world
    this.differs = differs
    this.process = new SimulatedProcess(name, world.time)
    const clock = driftingClock(this.process.clock, drawClock(world.dice, world.scenario.drift), world.dice)
    this.account = new LeaseAccount(
      () => clock.now(),
      () => this.#lost(),
    )
    this.log('starts')
    this.bus = new BusCore({
      connector: {
        seek: (found) =>
          broker.seek({
            name,
            pid,
            process: this.process,
            linked: (connection) => {
              this.connection = connection
              found.linked(tappedLink(connection.memberEnd, this.account))
            },
          }),
      },
      clock,
      turns: this.process.turns,
      events: this.#events(),
      limits: resolveLimits({ pendingRequests: world.scenario.pendingMax }),
      codec: undefined,
      connectTimeoutMs: 5_000,
      drainTimeoutMs: 2_000,
      closed: () => undefined,
    })
    this.bus.start()
    for (const scenario of world.scenario.caches) this.open(scenario)
  }

  /** Whether it can still be asked to do something, now or when it goes on. */
  get isOpen(): boolean {
    return !this.isEnding && this.process.state !== 'ended'
  }

  /** Opens a cache, and closes the one of that name that it had. */
  open({ name, max, ttl, singleFlight, share }: CacheScenario): void {
    const before = this.caches.get(name)
    if (before !== undefined) this.log(`closes the cache ${name}, and opens it again`)
    before?.close()
    this.#openings.set(name, (this.#openings.get(name) ?? 0) + 1)
    const options = {
      name,
      max: this.differs ? max + 1 : max,
      singleFlight,
      ...(ttl === undefined ? {} : { ttl }),
      ...(singleFlight === 'cluster' ? { share } : {}),
    }
    this.caches.set(name, createCache<SimulatedKey, CachedValue>(this.bus, options))
  }

  cache(name: string): Cache<SimulatedKey, CachedValue> {
    const cache = this.caches.get(name)
    if (cache === undefined) throw new RangeError(`${this.name} has no cache ${name}`)
    return cache
  }

  state(name: string): HolderState {
    const epoch = `${this.#losses}.${this.#openings.get(name)}`
    return { epoch, mayServe: this.account.mayServe(name) }
  }

  /** The process ends at once, as after SIGKILL. What it waited for is nobody's business any more. */
  crash(): void {
    this.log('crashes')
    this.end()
    this.connection?.vanish('member')
  }

  /** Its process is over. */
  end(): void {
    const { pending } = this.world.ledger
    this.process.end()
    for (const record of pending) if (record.member === this.name) pending.delete(record)
  }

  /** Something has begun that must end, unless the process does. Call what it returns then. */
  begin(what: string, index: number): () => void {
    const { pending } = this.world.ledger
    const record: PendingRecord = { member: this.name, what, index }
    pending.add(record)
    return () => void pending.delete(record)
  }

  log(what: string): number {
    return this.world.history.add(this.name, what)
  }

  #lost(): void {
    this.#losses += 1
    this.log(`its link has closed (${this.connection?.damage ?? 'in order'})`)
  }

  #events(): EventSink {
    return {
      on: () => undefined,
      off: () => undefined,
      emit: <Name extends keyof BusEvents>(name: Name, ...[argument]: BusEvents[Name]) => {
        if (name === 'connect') this.log(`is member ${this.bus.member?.id}`)
        else if (name === 'close') this.log('is closed')
        else if (argument instanceof BusError) this.#noticed(name, argument)
      },
    }
  }

  #noticed(name: string, { code, message }: BusError): void {
    const index = this.log(`'${name}' ${code} ${message}`)
    if (code === 'BAD_FRAME') this.world.ledger.violated('links', index, `${this.name}: ${message}`)
  }
}
