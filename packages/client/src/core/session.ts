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
import { refuse, replyTo } from './replies.ts'
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
    this.#incoming = new Incoming(this.registry, this.#payloads, this.#counters, this)
    this.#requests = new PendingRequests(clock, limits.pendingRequests, (number) => this.#cancel(number))
    const connectionLimits = { connectTimeoutMs, payloadBytes: limits.payloadBytes }
    this.#connection = new Connection(env.connector, clock, connectionLimits, this)
    this.#ready = new ReadyWaiters(this.#connection)
  }

  get member(): Member | undefined {
    return this.#member
  }

  start(): void {
    this.#connection.start()
  }

  ready(): Promise<void> {
    return this.#connection.isWelcomed ? Promise.resolve() : this.#ready.wait()
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
    if (this.#connection.isWelcomed) this.#outgoing.flush(true)
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
    this.#outgoing.flush(true)
    await this.#connection.end(timeoutMs)
    this.#member = undefined
  }

  stats(): BusStats {
    return {
      ...this.#counters,
      connected: this.#connection.isWelcomed,
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
    if (welcome.payloadBytes < limits.payloadBytes) this.#dropOversized(welcome.payloadBytes)
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
    const keeps = this.#outgoing.disconnected(() => {
      this.registry.writeAll(this.#outgoing.writer)
      this.#barriers.lost(disconnectedError('flush', reason), this.#outgoing.writer)
    })
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

  requested(responderId: number | undefined, requester: number, number: number, decode: () => Message): void {
    const { writer } = this.#outgoing
    try {
      const message = decode()
      const address = { topic: message.topic, requester, number }
      const taken = this.registry.responder(responderId)?.handle(message, (outcome) => {
        this.#counters.responses += 1
        // A link that is lost meanwhile takes the request with it.
        if (this.#over || this.#member === undefined) return
        replyTo(this.#outgoing.writer, address, outcome, this.#payloads)
        this.#outgoing.schedule()
      })
      if (taken !== true) throw new BusError('NO_RESPONDERS', 'the responder has just ended')
    } catch (error) {
      if (!(error instanceof BusError)) throw error
      refuse(writer, { requester, number }, error)
      this.#outgoing.schedule()
    }
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
  }

  /** A message is kept until there is a link: the process should stay that long. */
  #keep(): void {
    if (this.#keeps || this.#connection.isWelcomed) return
    this.#keeps = true
    this.#connection.hold()
  }

  #lose(error: unknown): void {
    const bytes = this.#outgoing.queuedBytes
    const message = `close: ${bytes} bytes that were published could not be sent, because no broker was found`
    this.failed(new BusError('BROKER_UNREACHABLE', message, { bytes, cause: error }))
  }

  #dropOversized(limit: number): void {
    const dropped = this.#outgoing.dropOversized(limit)
    const lost = dropped.filter((request) => request === 0).length
    const message = `what was kept is over the broker's payload limit of ${limit} bytes, and was dropped`
    const error = new BusError('PAYLOAD_TOO_LARGE', message, { lost, limit })
    for (const request of dropped) this.#requests.settle(request, error, true)
    if (lost > 0) this.failed(error)
  }
}
