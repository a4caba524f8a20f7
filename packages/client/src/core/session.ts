import { BusError, encodeHeaders, FrameKind, layout, type Link, type Member, quoted, write } from '@clusterbus/protocol'
import type { Message, PublishOptions, RequestOptions, SlowEvent, Untyped } from '../bus.ts'
import { Barriers } from './barriers.ts'
import { Connection, type ConnectionOwner, type Welcome } from './connection.ts'
import { type BusStats, type Counters, newCounters } from './counters.ts'
import type { BusEnvironment } from './environment.ts'
import { closedError, disconnectedError } from './ended.ts'
import { handlerFailedError } from './handler-failed.ts'
import { Incoming, type IncomingOwner } from './incoming.ts'
import { Outgoing } from './outgoing.ts'
import { type OutgoingTopic, OutgoingTopics } from './outgoing-topics.ts'
import { Payloads } from './payloads.ts'
import { PendingRequests } from './pending-requests.ts'
import { ReadyWaiters } from './ready-waiters.ts'
import type { Registration, RegistrationOwner } from './registration.ts'
import { Registry } from './registry.ts'
import { Responding } from './responding.ts'
import { RunningHandlers } from './running-handlers.ts'

const defaultRequestTimeoutMs = 5_000

/**
 * The conversation of one bus with its broker, over as many links as it takes: says what the bus wants said, in order,
 * and brings what the broker says to subscriptions, responders and waiting calls. What has to outlive a link lives here.
 */
export class Session implements ConnectionOwner, IncomingOwner, RegistrationOwner {
  readonly running: RunningHandlers = new RunningHandlers()
  readonly queuedMessagesMax: number
  readonly registry: Registry = new Registry()
  readonly #env: BusEnvironment
  readonly #counters: Counters = newCounters()
  readonly #topics = new OutgoingTopics()
  readonly #barriers = new Barriers()
  readonly #ready: ReadyWaiters
  readonly #payloads: Payloads
  readonly #outgoing: Outgoing
  readonly #responding: Responding
  readonly #incoming: Incoming
  readonly #requests: PendingRequests
  readonly #connection: Connection
  #member: Member | undefined
  #keeps = false
  #over = false

  constructor(env: BusEnvironment) {
    const { limits, clock, connectTimeoutMs } = env
    this.#env = env
    this.queuedMessagesMax = limits.queuedMessages
    this.#payloads = new Payloads(env.codec, limits.payloadBytes)
    this.#outgoing = new Outgoing(limits, env.turns, this.#topics)
    this.#responding = new Responding(this.registry, this.#payloads, this.#outgoing, this.#counters, limits)
    this.#incoming = new Incoming(this.registry, this.#payloads, this.#counters, this.#responding, this)
    this.#requests = new PendingRequests(clock, limits.pendingRequests, (number) => this.#cancel(number))
    const connectionLimits = { connectTimeoutMs, payloadBytes: limits.payloadBytes }
    this.#connection = new Connection(env.connector, clock, connectionLimits, this)
    this.#ready = new ReadyWaiters(this.#connection)
  }

  get member(): Member | undefined {
    return this.#member
  }

  get isConnected(): boolean {
    return this.#connection.isWelcomed
  }

  start(): void {
    this.#connection.start()
  }

  ready(): Promise<void> {
    return this.isConnected ? Promise.resolve() : this.#ready.wait()
  }

  publish(name: string, data: unknown, options: PublishOptions): boolean {
    const topic = this.#topics.get(name, 'publish')
    // The headers first: reading them may run code of the app, and the encoded payload must not wait that long.
    const headers =
      options.headers === undefined ? undefined : encodeHeaders(options.headers, `publish(${quoted(name)})`)
    const payload = this.#payloads.encode(data, 'publish', name)
    const flags = options.echo === false ? layout.flagNoEcho : 0
    this.#outgoing.message({ kind: FrameKind.PUBLISH, flags, topic, request: 0, headers, payload }, 'publish')
    this.#counters.published += 1
    this.#keep()
    return this.#outgoing.hasRoom
  }

  request(name: string, data: unknown, options: RequestOptions): Promise<Untyped> {
    return this.#request(this.#topics.get(name, 'request'), data, options)
  }

  /** Asks the broker itself. */
  requestOfBroker(name: string): Promise<Untyped> {
    return this.#request({ name, bytes: Buffer.from(name), number: 0 }, undefined, {})
  }

  register(registration: Registration): void {
    this.registry.add(registration)
    write.writeSubscribe(this.#outgoing.writer, { ...registration.spec })
    this.#outgoing.schedule()
    if (this.#outgoing.isBloated) this.#prune(Infinity)
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
    for (const registration of this.registry.all()) registration.unsubscribe()
    this.#requests.rejectAll((topic) => closedError(`request(${quoted(topic)})`, topic))
    this.#barriers.rejectAll(closedError('flush'))
    if (this.#keeps) await this.ready().catch((error: unknown) => this.#lose(error))
    this.#ready.reject(closedError('ready'))
    this.#responding.linkEnded()
    this.#outgoing.flush(true)
    await this.#connection.end(timeoutMs, () => this.#unsent())
    this.#member = undefined
  }

  stats(): BusStats {
    return {
      ...this.#counters,
      connected: this.isConnected,
      subscriptions: this.registry.size,
      pendingRequests: this.#requests.size,
      queuedBytes: this.#outgoing.queuedBytes,
    }
  }

  // What the connection tells.

  welcomed(link: Link, welcome: Welcome): void {
    this.#member = welcome.member
    this.#counters.connects += 1
    const { limits } = this.#env
    this.#payloads.limitBytes = Math.min(limits.payloadBytes, welcome.payloadBytes)
    this.#prune(welcome.payloadBytes)
    this.#outgoing.connected(link)
    if (this.#keeps) {
      this.#keeps = false
      this.#connection.release()
    }
    this.#ready.resolve()
    if (!this.#over) this.#env.events.emit('connect', welcome.member)
  }

  frame(bytes: Buffer, start: number, end: number): void {
    this.#incoming.frame(bytes, start, end)
  }

  drained(): void {
    this.#outgoing.drained()
  }

  lost(reason: BusError): void {
    this.#member = undefined
    this.#incoming.reset()
    this.#responding.linkEnded()
    const keeps = this.#outgoing.disconnected(() => this.registry.writeAll(this.#outgoing.writer))
    this.#barriers.lost(disconnectedError('flush', reason), this.#outgoing.writer)
    if (keeps) this.#keep()
    this.#requests.rejectAll((topic) => disconnectedError(`request(${quoted(topic)})`, reason, topic))
    this.#ready.startAnew()
    if (this.#over) return
    this.#env.events.emit('disconnect', reason)
    if (reason.code !== 'CLOSED' && reason.code !== 'DISCONNECTED') this.failed(reason)
  }

  unreachable(error: BusError): void {
    this.#ready.reject(error)
    if (!this.#over) this.failed(error)
  }

  // What comes in.

  topicTold(name: string, number: number): void {
    this.#topics.learn(name, number)
  }

  topicWithdrawn(number: number): void {
    this.#topics.forget(number)
    this.#say(FrameKind.FORGOT, number)
  }

  barrierPassed(number: number): void {
    this.#barriers.passed(number)
  }

  subscriptionRefused(id: number, error: BusError): void {
    this.registry.get(id)?.refuse(error)
    this.failed(error)
  }

  topicOfRequest(number: number): string | undefined {
    return this.#requests.topicOf(number)
  }

  replied(number: number, value: unknown, failed: boolean): void {
    this.#requests.settle(number, value, failed)
  }

  // What subscriptions and responders want.

  leaveBroker(registration: Registration): void {
    if (!this.#over) this.#say(FrameKind.UNSUBSCRIBE, registration.spec.id)
  }

  forget(registration: Registration): void {
    this.registry.remove(registration)
  }

  handlerFailed(pattern: string, message: Message, cause: unknown): void {
    this.failed(handlerFailedError(pattern, message, cause))
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

  #request(topic: OutgoingTopic, data: unknown, options: RequestOptions): Promise<Untyped> {
    const { name } = topic
    const call = `request(${quoted(name)})`
    const headers = options.headers === undefined ? undefined : encodeHeaders(options.headers, call)
    const payload = this.#payloads.encode(data, 'request', name)
    const timeoutMs = options.timeout ?? defaultRequestTimeoutMs
    this.#counters.requests += 1
    return this.#requests.begin(name, timeoutMs, options.signal, (request) => {
      this.#outgoing.message({ kind: FrameKind.REQUEST, flags: 0, topic, request, headers, payload }, 'request')
    })
  }

  #cancel(request: number): void {
    if (!this.#over) this.#say(FrameKind.CANCEL, request)
  }

  #say(kind: number, number: number): void {
    write.writeNumber(this.#outgoing.writer, kind, number)
    this.#outgoing.schedule()
    if (this.#outgoing.isBloated) this.#prune(Infinity)
  }

  /** A message is kept until there is a link: the process should stay that long. */
  #keep(): void {
    if (this.#keeps || this.isConnected) return
    this.#keeps = true
    this.#connection.hold()
  }

  #lose(error: unknown): void {
    const bytes = this.#outgoing.queuedBytes
    const message = `close: ${bytes} bytes that were published could not be sent, because no broker was found`
    this.failed(new BusError('BROKER_UNREACHABLE', message, { bytes, cause: error }))
  }

  /** The broker takes nothing, and is waited for no longer. */
  #unsent(): void {
    const bytes = this.#outgoing.queuedBytes
    if (bytes === 0) return
    const message = `close: ${bytes} bytes that were published could not be sent in time; await drain() or flush() first`
    this.failed(new BusError('DISCONNECTED', message, { bytes }))
  }

  #prune(payloadBytes: number): void {
    const tooLarge = this.#outgoing.prune({
      payloadBytes,
      isPending: (request) => this.#requests.topicOf(request) !== undefined,
      isRegistered: (id) => this.registry.get(id) !== undefined,
    })
    const lost = tooLarge.filter((request) => request === 0).length
    const message = `what was kept is over the broker's payload limit of ${payloadBytes} bytes, and was dropped`
    const error = new BusError('PAYLOAD_TOO_LARGE', message, { lost, limit: payloadBytes })
    for (const request of tooLarge) this.#requests.settle(request, error, true)
    if (lost > 0) this.failed(error)
  }
}
