import {
  agreeOnVersion,
  BusError,
  type Link,
  type Member,
  type MemberKind,
  type SpokenVersions,
  versionMismatch,
} from '@clusterbus/protocol'
import {
  LifecycleEvents,
  memoryLinkPair,
  type ProcessBroker,
  registerProcessBroker,
  systemClock,
  tellChildrenOfBroker,
  type ThreadDesk,
  unregisterProcessBroker,
} from '@clusterbus/transport'
import { TicketOffice } from '@clusterbus/transport/serving'
import { BrokerCore } from '../core/broker-core.ts'
import type { ChildProcess } from 'node:child_process'
import { Worker } from 'node:worker_threads'
import type { BrokerStats } from '../core/counters.ts'
import { turnAway } from '../core/departures.ts'
import type { Newcomer } from '../core/joined-buses.ts'
import { AttachedChildren } from './attach.ts'
import { type BrokerOptions, type CheckedOptions, checkOptions } from './broker-options.ts'
import { serveCluster } from './cluster-edge.ts'
import { formerLeases } from './former-leases.ts'
import { type ListenOptions, PathEdges } from './path-edges.ts'
import { openPrivateSocket, type PrivateSocket } from './private-socket.ts'
import type { Reception } from './reception.ts'
import { threadDesk } from './thread-edge.ts'

/** Lifecycle events of a {@link Broker}. */
export interface BrokerEvents {
  /**
   * A member was disconnected, because it broke the protocol or did not take what was queued for it. Or a path was lost
   * to another broker, because this process was stopped or blocked for too long.
   */
  error: [error: BusError]
}

/** The router of one cluster. It lives in the primary. */
export interface Broker {
  /** Resolves when workers can connect. Rejects when `transport` is `socket` and none can be had. */
  ready(): Promise<void>
  /**
   * Serves a child of `child_process.fork()`, or of `spawn()` with an IPC channel, until it exits or the broker closes:
   * `createBus()` in it finds this broker. Cluster workers need no such call. Attaching a child twice, or one that has
   * exited, does nothing more. Returns how to let no further bus of it in; those that are connected stay.
   *
   * The same for a `Worker` of `node:worker_threads`. Only one that was started before this broker was created, in a
   * thread that is not the main one, needs it; the others find the broker by themselves.
   *
   * Throws `BAD_OPTION` for what is no child or has no IPC channel, `NOT_ALLOWED` for a cluster worker, `CLOSED`.
   */
  attach(child: ChildProcess | Worker): () => void
  /**
   * Serves processes of the same user that know the path, over a Unix socket or a named pipe. Resolves when they can
   * connect. What a broker has left there whose process was killed is replaced. Rejects with `NOT_ALLOWED` when another broker
   * listens there, or when the path cannot be used; `BAD_OPTION`, `CLOSED`.
   */
  listen(options: ListenOptions): Promise<void>
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

class NodeBroker implements Broker {
  readonly #options: CheckedOptions
  readonly #events = new LifecycleEvents<{ error: [error: Error] } & BrokerEvents>(['error'])
  readonly #core: BrokerCore
  readonly #reception: Reception
  readonly #process: ProcessBroker
  readonly #paths: PathEdges
  readonly #opened: Promise<void>
  readonly #children: AttachedChildren
  readonly #stopTelling: () => void
  readonly #threads: ThreadDesk
  #socket: PrivateSocket | undefined
  #stopServing: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(options: CheckedOptions) {
    this.#options = options
    const leaseMs = options.leaseDuration
    const marginMs = leaseMs / 3
    this.#process = { connect: (...told) => connectInProcess(this.#core, ...told) }
    // First: a broker that gives way keeps for how long its members may serve from their caches.
    registerProcessBroker(this.#process)
    this.#stopTelling = tellChildrenOfBroker()
    this.#core = new BrokerCore({
      limits: options.limits,
      terms: options.terms,
      stallMs: options.stallTimeout,
      leases: { leaseMs, marginMs, verify: () => this.#paths.verify() },
      formerLeasesUntil: formerLeases.until,
      liveness: {
        heartbeatMs: options.heartbeatInterval,
        silenceMs: options.silenceTimeout,
        threadSilenceMs: options.threadSilenceMs,
      },
      authorize: options.authorize,
      clock: systemClock,
      report: (error) => this.#events.emit('error', error),
    })
    this.#reception = {
      tickets: new TicketOffice<Newcomer>(),
      socketPath: () => this.#socket?.path,
      accept: (link, newcomer) => this.#core.accept(link, newcomer),
      exited: (pid, thread) => this.#core.processExited(pid, thread),
    }
    this.#threads = threadDesk(this.#reception)
    this.#paths = new PathEdges(
      {
        heartbeatMs: options.heartbeatInterval,
        silenceMs: options.silenceTimeout,
        leasesMs: leaseMs + marginMs,
      },
      {
        accept: (link, newcomer) => this.#core.accept(link, newcomer),
        follows: (leasesUntil) => this.#core.leasing.follows(leasesUntil),
        leasesUntil: () => this.#core.leasing.leasesUntil,
        lost: (error) => this.#events.emit('error', error),
      },
      this.#process,
    )
    this.#opened = this.#open()
    // Whoever asks for ready() hears of it; nobody has to ask.
    this.#opened.catch(() => undefined)
    this.#children = new AttachedChildren(this.#reception, this.#opened)
  }

  ready(): Promise<void> {
    return this.#opened
  }

  attach(child: ChildProcess | Worker): () => void {
    return child instanceof Worker ? this.#threads.attach(child) : this.#children.attach(child)
  }

  listen(options: ListenOptions): Promise<void> {
    return this.#paths.listen(options)
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
        openPrivateSocket(this.#reception.tickets, (link, newcomer) => this.#core.accept(link, newcomer), resolve)
      })
      if (!(result instanceof Error)) this.#socket = result
      else if (this.#options.transport === 'socket') throw noSocket(result)
    }
    if (this.#closed !== undefined) {
      this.#socket?.close()
      throw new BusError('CLOSED', 'ready: the broker was closed')
    }
    this.#stopServing = serveCluster(this.#reception)
    this.#threads.open()
  }

  #close(finish: () => Promise<void>): Promise<void> {
    this.#closed ??= this.#shut(finish)
    return this.#closed
  }

  async #shut(finish: () => Promise<void>): Promise<void> {
    unregisterProcessBroker(this.#process)
    this.#stopTelling()
    this.#children.close()
    this.#core.leasing.stopLeasing()
    formerLeases.keep(this.#core.leasing.leasesUntil)
    this.#stopServing?.()
    this.#threads.close()
    this.#paths.close()
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
export function connectInProcess(
  core: BrokerCore,
  name: string | undefined,
  bus: string,
  versions: Partial<SpokenVersions> = { version: 1 },
  kind: MemberKind = 'primary',
  wrap: (link: Link) => Link = (link) => link,
): Link {
  const [ours, theirs] = memoryLinkPair()
  const { pid } = process
  const version = agreeOnVersion(versions)
  if (version === undefined) turnAway(ours, versionMismatch(versions), systemClock)
  else core.accept(wrap(ours), { name: name ?? `${kind}-${pid}`, pid, kind, bus, version })
  return theirs
}
