import { BusError, type CacheTerms, type Member, quoted } from '@clusterbus/protocol'
import type {
  Bus,
  BusEvents,
  Confirmation,
  ConfirmOptions,
  Handler,
  Message,
  OnceOptions,
  PublishOptions,
  RequestOptions,
  RespondOptions,
  SubscribeOptions,
  Subscription,
  SubscriptionStream,
} from '../bus.ts'
import type { CacheHolder, HeldCache } from '../caching.ts'
import type { Untyped } from '../events.ts'
import type { Interceptor } from '../interceptors.ts'
import type { QueueTerms } from './bounded-queue.ts'
import * as check from './check-arguments.ts'
import type { BusStats } from './counters.ts'
import { closedError } from './ended.ts'
import type { BusEnvironment } from './environment.ts'
import type { Outward } from './hooks/outward.ts'
import { LocalResponder } from './local-responder.ts'
import { LocalSubscription } from './local-subscription.ts'
import { nextMessage } from './next-message.ts'
import { aborted, membersTopic } from './pending-requests.ts'
import { Session } from './session.ts'
import { settled } from './settled.ts'

/** How long `close` waits for the link to take what was published, in milliseconds. */
const closeTimeoutMs = 3_000

const noOptions = Object.freeze({})

/** A bus without a process: everything that touches one is passed in. */
export class BusCore implements Bus {
  readonly #env: BusEnvironment
  readonly #session: Session
  readonly #outward: Outward
  #state: 'open' | 'draining' | 'closed' = 'open'
  #drained: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #cutDrainShort: () => void = () => undefined

  constructor(env: BusEnvironment) {
    this.#env = env
    this.#session = new Session(env)
    this.#outward = this.#session.hooks.outward((call, topic) => this.#assertMaySpeak(call, topic))
  }

  get member(): Member | undefined {
    return this.#session.member
  }

  /** Starts to look for a broker. */
  start(): void {
    if (this.#state !== 'closed') this.#session.start()
  }

  /** Hands over what was published, in the call itself, because the process exits. */
  flushNow(): void {
    this.#session.flushNow()
  }

  async ready(): Promise<void> {
    if (this.#state === 'closed') throw closedError('ready')
    await this.#session.ready()
  }

  publish(topic: string, data: unknown, options: ConfirmOptions): Promise<Confirmation>
  publish(topic: string, data?: unknown, options?: PublishOptions): boolean
  publish(topic: string, data?: unknown, options?: PublishOptions | ConfirmOptions): boolean | Promise<Confirmation> {
    this.#assertMaySpeak('publish', topic)
    return this.#outward.publish(topic, data, options)
  }

  subscribe(pattern: string, handler: Handler, options?: SubscribeOptions): Subscription
  subscribe(pattern: string, options?: SubscribeOptions): SubscriptionStream
  subscribe(pattern: string, handler: undefined, options?: SubscribeOptions): SubscriptionStream
  subscribe(
    pattern: string,
    handlerOrOptions?: Handler | SubscribeOptions,
    givenOptions?: SubscribeOptions,
  ): SubscriptionStream {
    const bare = givenOptions === undefined && typeof handlerOrOptions === 'object' && handlerOrOptions !== null
    const handler = bare ? undefined : handlerOrOptions
    const options: SubscribeOptions = bare ? handlerOrOptions : givenOptions === undefined ? noOptions : givenOptions
    check.subscribeOptions(pattern, handler, options)
    this.#assertOpen('subscribe', pattern)
    const { group, max = 0, signal } = options
    const subscription = new LocalSubscription(
      {
        ...this.#spec(pattern, group, 'subscribe'),
        max,
        responder: false,
        handler: typeof handler === 'function' ? handler : undefined,
      },
      this.#session,
      this.#queueTerms(options),
    )
    if (signal?.aborted === true) {
      subscription.refuse(aborted(`subscribe(${quoted(pattern)})`, pattern, signal))
      return subscription
    }
    this.#session.register(subscription)
    if (signal !== undefined) {
      const unsubscribe = (): void => subscription.unsubscribe()
      signal.addEventListener('abort', unsubscribe)
      void subscription.closed.then(() => signal.removeEventListener('abort', unsubscribe))
    }
    return subscription
  }

  async once(pattern: string, options: OnceOptions = noOptions): Promise<Message> {
    check.onceOptions(pattern, options)
    this.#assertOpen('once', pattern)
    return nextMessage(pattern, options, {
      subscribe: (handler) => {
        const spec = { ...this.#spec(pattern, undefined, 'once'), max: 1, responder: false, handler }
        return new LocalSubscription(spec, this.#session, this.#queueTerms({}))
      },
      register: (subscription) => this.#session.register(subscription),
      clock: this.#env.clock,
      isOpen: () => this.#state === 'open',
    })
  }

  async request(topic: string, data?: unknown, options?: RequestOptions): Promise<Untyped> {
    this.#assertMaySpeak('request', topic)
    return this.#outward.request(topic, data, options)
  }

  respond(topic: string, handler: Handler, options: RespondOptions = noOptions): Subscription {
    check.respondOptions(topic, handler, options)
    this.#assertOpen('respond', topic)
    const spec = this.#spec(topic, options.group, 'respond')
    const responder = new LocalResponder({ ...spec, max: 0, responder: true, handler }, this.#session)
    this.#session.register(responder)
    return responder
  }

  use(interceptor: Interceptor): () => void {
    this.#assertOpen('use')
    return this.#session.hooks.interceptors.use(interceptor)
  }

  holdCache(name: string, terms: CacheTerms, holder: CacheHolder): HeldCache {
    this.#assertOpen('holdCache', name)
    check.holder(name, holder)
    return this.#session.caches.hold(name, terms, holder)
  }

  async flush(): Promise<void> {
    if (this.#state === 'closed') throw closedError('flush')
    await this.#session.barrier(false)
    await this.#session.flow.released()
  }

  drain(): Promise<void> {
    // A handler that drains its own bus must not be waited for.
    this.#session.running.excuseCurrent()
    if (this.#closed !== undefined) return this.#closed
    this.#drained ??= this.#drain()
    return this.#drained
  }

  close(): Promise<void> {
    this.#cutDrainShort()
    this.#closed ??= this.#close()
    return this.#closed
  }

  async members(): Promise<Member[]> {
    this.#assertMaySpeak('members')
    return this.#session.requesting.requestOfBroker(membersTopic)
  }

  stats(): BusStats {
    return this.#session.stats()
  }

  on<Name extends keyof BusEvents>(name: Name, listener: (...args: BusEvents[Name]) => void): this {
    this.#env.events.on(name, listener)
    return this
  }

  off<Name extends keyof BusEvents>(name: Name, listener: (...args: BusEvents[Name]) => void): this {
    this.#env.events.off(name, listener)
    return this
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain()
  }

  async #drain(): Promise<void> {
    this.#state = 'draining'
    const { clock, drainTimeoutMs } = this.#env
    let cancelTimer = (): void => undefined
    const cut = new Promise<void>((resolve) => {
      this.#cutDrainShort = resolve
      const expire = (): void => {
        this.#session.failed(drainExpired(drainTimeoutMs, this.#session.running.count))
        resolve()
      }
      cancelTimer = clock.after(drainTimeoutMs, expire, true)
    })
    await Promise.race([this.#finishWork().catch(() => undefined), cut])
    cancelTimer()
    await this.close()
  }

  /** Takes nothing new, waits for what has begun, and sees to it that the broker has all that was published. */
  async #finishWork(): Promise<void> {
    const session = this.#session
    const registrations = session.registry.all()
    for (const registration of registrations) registration.leave()
    await settled(session)
    for (const registration of registrations) registration.finish()
    await session.running.idle()
    await settled(session)
  }

  async #close(): Promise<void> {
    this.#state = 'closed'
    await this.#session.end(closeTimeoutMs)
    await this.#env.closed()
    this.#env.events.emit('close')
  }

  #queueTerms({ overflow, conflate, queuedMessages, queuedBytes }: SubscribeOptions): QueueTerms {
    const { limits } = this.#env
    return {
      overflow: overflow ?? 'block',
      conflate: conflate !== undefined,
      messagesMax: queuedMessages ?? limits.queuedMessages,
      bytesMax: queuedBytes ?? limits.queuedBytes,
    }
  }

  #spec(
    pattern: string,
    group: string | undefined,
    call: string,
  ): { id: number; pattern: string; group: string | undefined } {
    const limit = this.#env.limits.subscriptions
    if (this.#session.registry.size >= limit) {
      const message = `${call}(${quoted(pattern)}): this bus has ${limit} subscriptions already, which is limits.subscriptions`
      throw new BusError('QUEUE_FULL', message, { topic: pattern, limit })
    }
    return { id: this.#session.registry.nextId(), pattern, group }
  }

  /** Handlers that a drain waits for may still say and ask what their work needs. */
  #assertMaySpeak(call: string, topic?: string): void {
    if (this.#state === 'draining' && this.#session.running.count > 0) return
    this.#assertOpen(call, topic)
  }

  #assertOpen(call: string, topic?: string): void {
    if (this.#state === 'open') return
    const named = topic === undefined ? call : `${call}(${quoted(topic)})`
    if (this.#state === 'closed') throw closedError(named, topic)
    const message = `${named}: the bus is draining and takes nothing new`
    throw new BusError('DRAINING', message, topic === undefined ? {} : { topic })
  }
}

function drainExpired(timeoutMs: number, running: number): BusError {
  const why = running === 0 ? 'the broker has not taken all that was published' : stillRunning(running)
  return new BusError('TIMEOUT', `drain: after ${timeoutMs} ms ${why}; the bus closes all the same`, { timeoutMs })
}

function stillRunning(handlers: number): string {
  return handlers === 1 ? '1 handler still runs' : `${handlers} handlers still run`
}
