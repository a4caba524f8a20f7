import {
  assertOverflow,
  BusError,
  type Conflation,
  type Limits,
  type Link,
  type Member,
  type OverflowOptions,
  type OverflowPolicy,
  quoted,
  resolveLimits,
} from '@clusterbus/protocol'
import {
  LifecycleEvents,
  memoryLinkPair,
  type ProcessBroker,
  registerProcessBroker,
  systemClock,
  unregisterProcessBroker,
} from '@clusterbus/transport'
import { TicketOffice } from '@clusterbus/transport/serving'
import { BrokerCore } from '../core/broker-core.ts'
import type { BrokerStats } from '../core/counters.ts'
import { defaultLeases } from '../core/caches/invalidations.ts'
import { defaultLiveness } from '../core/liveness.ts'
import type { Newcomer } from '../core/joined-buses.ts'
import { serveCluster } from './cluster-edge.ts'
import { formerLeases } from './former-leases.ts'
import { openPrivateSocket, type PrivateSocket } from './private-socket.ts'

/** Options of {@link createBroker}. */
export interface BrokerOptions {
  /** Bounds of queues and tables; what is not named keeps its default. */
  readonly limits?: Partial<Limits>
  /**
   * How the data of workers travels: over a private Unix socket or named pipe (`socket`), over Node's own IPC channel
   * (`ipc`), or over the socket where one can be had, else over IPC (`auto`, the default).
   */
  readonly transport?: 'auto' | 'socket' | 'ipc'
  /** How long a member may leave its queue too full before it is disconnected, in milliseconds. Default 1,000. */
  readonly stallTimeout?: number
  /** How long a member may be silent before it is asked whether it is there, in milliseconds. Default 500. */
  readonly heartbeatInterval?: number
  /**
   * How long a member may leave that unanswered before it is disconnected, in milliseconds; at least twice the
   * interval. Default 10,000. After three intervals it is suspect: work of groups and requests go to others.
   */
  readonly silenceTimeout?: number
  /**
   * How long a member may serve from its caches after it has asked the broker whether it still may, in milliseconds; it
   * asks three times as often. Default 1,500. An invalidation waits for a member that does not answer for as long, and a
   * third of it more.
   */
  readonly leaseDuration?: number
  /** How long `drain()` waits for members to take what is queued for them, in milliseconds. Default 5,000. */
  readonly drainTimeout?: number
  /**
   * What becomes of messages that a member does not take in time, when `limits.queuedBytes` or `limits.memberMessages` is
   * met; for members whose bus says nothing else. `block`, the default: whoever publishes them is held back, and the
   * member is disconnected when it makes no room within `stallTimeout`. `drop-oldest`, `drop-newest`: messages are
   * dropped, and nobody is held back. `disconnect`: the member is disconnected, and nobody is held back before.
   */
  readonly overflow?: OverflowPolicy
  /** `topic`: of messages that wait for a member only the newest of each topic is kept; not of those picked for a group. */
  readonly conflate?: Conflation
}

/** Lifecycle events of a {@link Broker}. */
export interface BrokerEvents {
  /** A member was disconnected, because it broke the protocol or did not take what was queued for it. */
  error: [error: BusError]
}

/** The router of one cluster. It lives in the primary. */
export interface Broker {
  /** Resolves when workers can connect. Rejects when `transport` is `socket` and none can be had. */
  ready(): Promise<void>
  /** Who is connected. */
  members(): Member[]
  /** Counters since start, as plain JSON. */
  stats(): BrokerStats
  /** Stops taking messages, delivers what was taken, then closes. Idempotent. */
  drain(): Promise<void>
  /** Closes now, with all links, the socket and its directory. Idempotent. */
  close(): Promise<void>
  /** Throws `BAD_OPTION` for an event that there is not. */
  on<Name extends keyof BrokerEvents>(name: Name, listener: (...args: BrokerEvents[Name]) => void): this
  off<Name extends keyof BrokerEvents>(name: Name, listener: (...args: BrokerEvents[Name]) => void): this
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Creates the broker of this process and serves the workers of its cluster, those forked earlier too. Synchronous; the
 * workers may be forked at once. A broker alone does not keep its process running. Call it in the primary only: the buses
 * of a worker that creates a broker talk to that one.
 *
 * Throws `BAD_OPTION`, and `NOT_ALLOWED` when this process has a broker already.
 */
export function createBroker(options: BrokerOptions = {}): Broker {
  return new NodeBroker(checkOptions(options))
}

/** Shorter leases would run out between two looks at a busy event loop. */
const leaseMinMs = 30
/** With its margin it is still a time that a timer can wait. */
const leaseMaxMs = 2 ** 30

type CheckedOptions = Required<Omit<BrokerOptions, 'limits' | keyof OverflowOptions>> & {
  readonly limits: Limits
  readonly terms: OverflowOptions
}

class NodeBroker implements Broker {
  readonly #options: CheckedOptions
  readonly #events = new LifecycleEvents<{ error: [error: Error] } & BrokerEvents>(['error'])
  readonly #core: BrokerCore
  readonly #tickets = new TicketOffice<Newcomer>()
  readonly #process: ProcessBroker
  readonly #opened: Promise<void>
  #socket: PrivateSocket | undefined
  #stopServing: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(options: CheckedOptions) {
    this.#options = options
    this.#process = { connect: (name, bus) => connectInProcess(this.#core, name, bus) }
    // First: a broker that gives way keeps for how long its members may serve from their caches.
    registerProcessBroker(this.#process)
    this.#core = new BrokerCore({
      limits: options.limits,
      terms: options.terms,
      stallMs: options.stallTimeout,
      leases: { leaseMs: options.leaseDuration, marginMs: options.leaseDuration / 3 },
      formerLeasesUntil: formerLeases.until,
      liveness: { heartbeatMs: options.heartbeatInterval, silenceMs: options.silenceTimeout },
      clock: systemClock,
      report: (error) => this.#events.emit('error', error),
    })
    this.#opened = this.#open()
    // Whoever asks for ready() hears of it; nobody has to ask.
    this.#opened.catch(() => undefined)
  }

  ready(): Promise<void> {
    return this.#opened
  }

  members(): Member[] {
    return this.#core.members()
  }

  stats(): BrokerStats {
    return this.#core.stats()
  }

  drain(): Promise<void> {
    return this.#close(() => this.#core.drain(this.#options.drainTimeout))
  }

  close(): Promise<void> {
    // Also after drain(): whoever is still waited for is given up then.
    const closed = this.#close(() => Promise.resolve())
    void this.#core.close()
    return closed
  }

  on<Name extends keyof BrokerEvents>(name: Name, listener: (...args: BrokerEvents[Name]) => void): this {
    this.#events.on(name, listener)
    return this
  }

  off<Name extends keyof BrokerEvents>(name: Name, listener: (...args: BrokerEvents[Name]) => void): this {
    this.#events.off(name, listener)
    return this
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain()
  }

  async #open(): Promise<void> {
    if (this.#options.transport !== 'ipc') {
      const result = await new Promise<PrivateSocket | Error>((resolve) => {
        openPrivateSocket(this.#tickets, (link, newcomer) => this.#core.accept(link, newcomer), resolve)
      })
      if (!(result instanceof Error)) this.#socket = result
      else if (this.#options.transport === 'socket') throw noSocket(result)
    }
    if (this.#closed !== undefined) {
      this.#socket?.close()
      throw new BusError('CLOSED', 'ready: the broker was closed')
    }
    this.#stopServing = serveCluster({
      tickets: this.#tickets,
      socketPath: () => this.#socket?.path,
      accept: (link, newcomer) => this.#core.accept(link, newcomer),
      exited: (pid) => this.#core.processExited(pid),
    })
  }

  #close(finish: () => Promise<void>): Promise<void> {
    this.#closed ??= this.#shut(finish)
    return this.#closed
  }

  async #shut(finish: () => Promise<void>): Promise<void> {
    unregisterProcessBroker(this.#process)
    this.#core.stopLeasing()
    formerLeases.keep(this.#core.leasesUntil)
    this.#stopServing?.()
    this.#socket?.close()
    await finish()
    await this.#core.close()
  }
}

function noSocket(cause: Error): BusError {
  if (cause instanceof BusError) return cause
  return new BusError('NOT_ALLOWED', `ready: the broker's socket cannot be opened: ${cause.message}`, { cause })
}

/** Connects a bus of this very process. */
export function connectInProcess(core: BrokerCore, name: string | undefined, bus: string): Link {
  const [ours, theirs] = memoryLinkPair()
  const kind = 'primary'
  const { pid } = process
  core.accept(ours, { name: name ?? `${kind}-${pid}`, pid, kind, bus })
  return theirs
}

/** As README lists them. */
const optionNames = [
  'transport',
  'stallTimeout',
  'heartbeatInterval',
  'silenceTimeout',
  'leaseDuration',
  'drainTimeout',
  'overflow',
  'conflate',
  'limits',
]

function checkOptions(options: BrokerOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new BusError('BAD_OPTION', `createBroker: the options must be an object, not ${quoted(options)}`, {
      option: 'options',
    })
  }
  const { limits, transport = 'auto', stallTimeout = 1_000, drainTimeout = 5_000, ...others } = options
  const {
    leaseDuration = defaultLeases.leaseMs,
    heartbeatInterval = defaultLiveness.heartbeatMs,
    silenceTimeout = defaultLiveness.silenceMs,
    overflow,
    conflate,
    ...unknown
  } = others
  for (const option of Object.keys(unknown)) {
    const message = `createBroker: there is no option ${quoted(option)}; there are ${optionNames.join(', ')}`
    throw new BusError('BAD_OPTION', message, { option })
  }
  if (!['auto', 'socket', 'ipc'].includes(transport)) {
    const message = `createBroker: transport must be 'auto', 'socket' or 'ipc', not ${quoted(transport)}`
    throw new BusError('BAD_OPTION', message, { option: 'transport' })
  }
  const durations = { stallTimeout, drainTimeout, heartbeatInterval, silenceTimeout, leaseDuration }
  for (const [option, value] of Object.entries(durations)) {
    if (typeof value === 'number' && value >= 0 && value <= 2 ** 31 - 1) continue
    const message = `createBroker: ${option} must be a number of milliseconds, not ${String(value)}`
    throw new BusError('BAD_OPTION', message, { option })
  }
  if (heartbeatInterval === 0 || silenceTimeout < 2 * heartbeatInterval) {
    const message = `createBroker: silenceTimeout must be at least twice heartbeatInterval, and that more than 0, not ${silenceTimeout} and ${heartbeatInterval}`
    throw new BusError('BAD_OPTION', message, { option: 'silenceTimeout' })
  }
  if (leaseDuration < leaseMinMs || leaseDuration > leaseMaxMs) {
    const message = `createBroker: leaseDuration must be ${leaseMinMs} to ${leaseMaxMs} ms, not ${leaseDuration}`
    throw new BusError('BAD_OPTION', message, { option: 'leaseDuration' })
  }
  assertOverflow(others, 'createBroker')
  const terms = { ...(overflow === undefined ? {} : { overflow }), ...(conflate === undefined ? {} : { conflate }) }
  return { limits: resolveLimits(limits), terms, transport, ...durations }
}
