import { type BusError, FrameKind, type Link, type Member, write } from '@clusterbus/protocol'
import type { SlowEvent } from '../bus.ts'
import { Barriers } from './barriers.ts'
import { Caches } from './caches/caches.ts'
import { Connection, type ConnectionOwner } from './connection.ts'
import { type BusStats, type Counters, newCounters } from './counters.ts'
import type { BusEnvironment } from './environment.ts'
import { closedError, disconnectedError, unsentError } from './ended.ts'
import { Flow } from './flow.ts'
import { Hooks } from './hooks/hooks.ts'
import { Incoming, type IncomingOwner } from './incoming.ts'
import { Outgoing } from './outgoing.ts'
import { OutgoingTopics } from './outgoing-topics.ts'
import { Payloads } from './payloads.ts'
import { prune } from './prune.ts'
import { Publishing } from './publishing.ts'
import { Pulse } from './pulse.ts'
import { ReadyWaiters } from './ready-waiters.ts'
import type { Registration, RegistrationOwner } from './registration.ts'
import { Registry } from './registry.ts'
import { Requesting } from './requesting.ts'
import { Responding } from './responding.ts'
import { RunningHandlers } from './running-handlers.ts'
import { Settling } from './settling.ts'
import { termsFrames } from './terms-frames.ts'
import type { Welcome } from './welcome.ts'

/**
 * The conversation of one bus with its broker, over as many links as it takes: says what the bus wants said, in order,
 * and brings what the broker says to subscriptions, responders and waiting calls. What has to outlive a link lives here.
 */
export class Session implements ConnectionOwner, IncomingOwner, RegistrationOwner {
  readonly running: RunningHandlers = new RunningHandlers()
  readonly hooks: Hooks
  readonly registry: Registry = new Registry()
  readonly settling: Settling
  readonly #env: BusEnvironment
  readonly #counters: Counters = newCounters()
  readonly #topics = new OutgoingTopics()
  readonly #barriers = new Barriers()
  readonly #ready: ReadyWaiters
  readonly #payloads: Payloads
  readonly #outgoing: Outgoing
  readonly #responding: Responding
  readonly #incoming: Incoming
  readonly requesting: Requesting
  readonly publishing: Publishing
  readonly caches: Caches
  readonly flow: Flow
  readonly #connection: Connection
  readonly #pulse: Pulse
  #member: Member | undefined
  #keeps = false
  #over = false
  #toldUnreachable = false

  constructor(env: BusEnvironment) {
    const { limits, clock, connectTimeoutMs } = env
    this.#env = env
    this.hooks = new Hooks(env, this)
    this.#payloads = new Payloads(env.codec, limits.payloadBytes, env.schemas)
    this.#outgoing = new Outgoing(limits, env.turns, this.#topics)
    this.settling = new Settling(this.#outgoing)
    this.#pulse = new Pulse(clock, (beat) => this.#say(FrameKind.ALIVE, beat))
    this.flow = new Flow({
      isConnected: () => this.isConnected,
      tellFull: (full) => this.#say(FrameKind.FULL, full ? 1 : 0),
      giveUp: (reason) => this.#connection.giveUp(reason),
      stay: () => this.#connection.hold(),
      leave: () => this.#connection.release(),
    })
    this.#responding = new Responding(this.registry, this.#payloads, this.#outgoing, this.#counters, limits)
    const parts = {
      topics: this.#topics,
      payloads: this.#payloads,
      outgoing: this.#outgoing,
      counters: this.#counters,
      flow: this.flow,
      clock,
      limits,
      kept: () => this.#keep(),
      isConnected: () => this.isConnected,
      failed: (error: BusError) => this.failed(error),
    }
    this.publishing = new Publishing(parts)
    this.requesting = new Requesting(parts)
    this.caches = new Caches({ ...parts, pending: this.requesting.pending })
    this.#incoming = new Incoming(
      {
        ...parts,
        registry: this.registry,
        requests: this.requesting.pending,
        responding: this.#responding,
        settling: this.settling,
        barriers: this.#barriers,
        pulse: this.#pulse,
        caches: this.caches,
      },
      this,
    )
    const { payloadBytes } = limits
    this.#connection = new Connection(env.connector, clock, { connectTimeoutMs, payloadBytes }, this)
    this.#ready = new ReadyWaiters(this.#connection)
  }

  get member(): Member | undefined {
    return this.#member
  }

  get isConnected(): boolean {
    return this.#connection.isWelcomed
  }

  /** Whether messages wait for a link. */
  get keeps(): boolean {
    return this.#keeps
  }

  start(): void {
    this.#connection.start()
  }

  ready(): Promise<void> {
    return this.isConnected ? Promise.resolve() : this.#ready.wait()
  }

  register(registration: Registration): void {
    this.registry.add(registration)
    write.writeSubscribe(this.#outgoing.writer, { ...registration.spec })
    this.#said()
  }

  /** Resolves when the broker has handled all that was said before; one that does not survive fails with its link. */
  async barrier(survives = true): Promise<void> {
    if (this.#over) throw closedError('flush')
    this.#connection.hold()
    try {
      const passed = this.#barriers.begin(this.#outgoing.writer, survives)
      this.#outgoing.schedule()
      await passed
    } finally {
      this.#connection.release()
    }
  }

  /** Hands over what was said, in the call itself, because the process exits. */
  flushNow(): void {
    if (this.isConnected) this.#outgoing.flush(true)
    else if (this.#keeps) this.#connection.lastWords(this.#outgoing.writer.take())
  }

  /** Ends all that waits, sends what was published, and closes the link. */
  async end(timeoutMs: number): Promise<void> {
    this.#over = true
    this.settling.linkEnded()
    this.registry.endAll()
    this.caches.end()
    this.requesting.end(closedError)
    this.#barriers.rejectAll(closedError('flush'))
    if (this.#keeps) await this.ready().catch((error: unknown) => this.#tellUnsent(error))
    this.#ready.reject(closedError('ready'))
    this.flow.hold(false)
    this.#responding.linkEnded()
    this.#outgoing.flush(true)
    await this.#connection.end(timeoutMs, () => this.#tellUnsent())
    this.#member = undefined
  }

  stats(): BusStats {
    const { isConnected: connected, registry } = this
    const { queuedBytes } = this.#outgoing
    const pendingRequests = this.requesting.pending.size
    return { ...this.#counters, connected, subscriptions: registry.size, pendingRequests, queuedBytes }
  }

  // What the connection tells.

  welcomed(link: Link, welcome: Welcome): void {
    this.#member = welcome.member
    this.#counters.connects += 1
    this.#toldUnreachable = false
    const { limits } = this.#env
    this.#payloads.limitBytes = Math.min(limits.payloadBytes, welcome.payloadBytes)
    this.#prune(welcome.payloadBytes)
    this.caches.connected()
    this.#outgoing.connected(link, termsFrames(this.#env.terms))
    if (this.#keeps) {
      this.#keeps = false
      this.#connection.release()
    }
    this.#ready.resolve()
    if (!this.#over) this.#env.events.emit('connect', welcome.member, this.registry.rejoined())
  }

  frame(bytes: Buffer, start: number, end: number): void {
    this.#incoming.frame(bytes, start, end)
  }

  chunkEnded(bytes: number): void {
    this.#incoming.chunkEnded()
    this.caches.chunkEnded()
    if (!this.#over) this.#pulse.handled(bytes)
  }

  drained(): void {
    this.#outgoing.drained()
  }

  lost(reason: BusError): void {
    this.#member = undefined
    this.registry.linkLost()
    this.#incoming.reset()
    this.caches.lost()
    this.flow.lost()
    this.#responding.linkEnded()
    const { pending } = this.requesting
    const kept = this.#outgoing.disconnected((writer) => {
      this.#payloads.outgoingShapes?.writeAll(writer)
      this.registry.writeAll(writer)
      this.caches.writeAll(writer)
    }, pending.isPending)
    this.#barriers.lost(disconnectedError('flush', reason), this.#outgoing.writer)
    const surviving = new Set([...kept.confirmed, ...this.caches.unanswered])
    if (kept.hasMessages || surviving.size > 0) this.#keep()
    pending.rejectAll((call, topic) => disconnectedError(call, reason, topic), surviving)
    this.#ready.startAnew()
    if (this.#over) return
    this.#env.events.emit('disconnect', reason)
    if (reason.code !== 'CLOSED' && reason.code !== 'DISCONNECTED') this.failed(reason)
  }

  unreachable(error: BusError): void {
    this.#ready.reject(error)
    // Once for each time that it is looked for.
    if (!this.#over && !this.#toldUnreachable) this.failed(error)
    this.#toldUnreachable = true
  }

  // What comes in.

  topicWithdrawn(number: number): void {
    this.#topics.forget(number)
    this.#say(FrameKind.FORGOT, number)
  }

  subscriptionRefused(id: number, error: BusError): void {
    this.registry.get(id)?.refuse(error)
    this.failed(error)
  }

  // What subscriptions and responders want.

  leaveBroker(registration: Registration): void {
    if (!this.#over) this.#say(FrameKind.UNSUBSCRIBE, registration.spec.id)
  }

  forget(registration: Registration): void {
    this.registry.remove(registration)
  }

  dropped(): void {
    this.#counters.dropped += 1
  }

  slow(event: SlowEvent): void {
    this.#env.events.emit('slow', event)
  }

  failed(error: BusError): void {
    this.#env.events.emit('error', error)
  }

  #say(kind: number, number: number): void {
    write.writeNumber(this.#outgoing.writer, kind, number)
    this.#said()
  }

  #said(): void {
    this.#outgoing.schedule()
    if (this.#outgoing.isBloated) this.#prune(Infinity)
  }

  /** A message is kept until there is a link: the process should stay that long. */
  #keep(): void {
    if (this.#keeps || this.isConnected) return
    this.#keeps = true
    this.#connection.hold()
  }

  /** The link has closed, or was given up. */
  #tellUnsent(cause?: unknown): void {
    const bytes = this.#outgoing.queuedBytes
    if (bytes > 0) this.failed(unsentError(bytes, cause))
  }

  #prune(payloadBytes: number): void {
    const error = prune(this.#outgoing, this.requesting.pending, this.registry, payloadBytes)
    if (error !== undefined) this.failed(error)
  }
}
