import type { BusError, CacheTerms, Conflation, Headers, Member, OverflowPolicy } from '@clusterbus/protocol'
import type { CacheHolder, HeldCache } from './caching.ts'
import type { BusStats } from './core/counters.ts'
import type { DataOf, EventMap, PublishedOf, RepliedOf, ReplyOf, TopicOf, TopicsOf, Untyped } from './events.ts'
import type { Interceptor } from './interceptors.ts'

/** A message as it arrives. All subscriptions of a bus that match it share one object, but for one that has a gap. */
export interface Message<Data = Untyped, Topic extends string = string> {
  readonly topic: Topic
  readonly data: Data
  /** The publisher's headers; an object without prototype, empty when there were none. */
  readonly headers: Headers
  /** Id of the member that sent it, as stamped by the broker; 0 is the broker itself. */
  readonly from: number
  /** Name of the codec that the data came in. */
  readonly codec: string
  /**
   * How many messages this subscription has missed right before this one, because a queue was full; 0 normally. Where the
   * broker dropped messages of more topics than it names, every subscription counts all of those.
   */
  readonly gap: number
}

export type Handler<Data = Untyped, Received = Message<Data>, Result = unknown> = (
  data: Data,
  message: Received,
) => Result

/** A message that comes to topic or pattern `T`. Where those are several topics of the event map, `topic` tells them apart. */
export type MessageOf<Events extends EventMap, T extends string> = MessageAbout<TopicsOf<Events, T>>

type MessageAbout<Said> = Said extends { topic: infer Topic extends string; data: infer Data }
  ? Message<Data, Topic>
  : never

/** Handles what comes to topic or pattern `T`. */
export type HandlerOf<Events extends EventMap, T extends string> = Handler<DataOf<Events, T>, MessageOf<Events, T>>

/** Answers what is asked under topic or pattern `T`. */
export type ResponderOf<Events extends EventMap, T extends string> = Handler<
  DataOf<Events, T>,
  MessageOf<Events, T>,
  RepliedOf<Events, T> | Promise<RepliedOf<Events, T>>
>

export interface PublishOptions {
  /** Names and values travel with the message: strings, at most 16 KiB in all. */
  readonly headers?: Readonly<Record<string, string>>
  /** `false` passes over the publisher's own subscriptions. Default `true`. */
  readonly echo?: boolean
}

/** What makes {@link Bus.publish} wait. */
export interface ConfirmOptions extends PublishOptions {
  /** `'routed'`: until the broker has enqueued it for every member. `'handled'`: until their handlers are through. */
  readonly confirm: 'routed' | 'handled'
  /** Milliseconds after which the promise rejects with `TIMEOUT`. Default 5,000. */
  readonly timeout?: number
  /** Ends the wait when aborted. The message is not taken back; only aborted before the call, it is not published. */
  readonly signal?: AbortSignal
}

/** What became of a message, counted in members: a bus counts once, however many of its subscriptions match. */
export interface Confirmation {
  /** Members that the message went to: all those below. 0 when nobody subscribes. */
  readonly members: number
  /**
   * `'routed'`: all of them. `'handled'`: those in which every handler that it was for has succeeded. An iterator has
   * handled it when it has handed it on, and a subscription that has ended meanwhile, has nothing left to do.
   */
  readonly delivered: number
  /** Members in which a handler threw or rejected, a subscription's queue was full, or the data could not be decoded. */
  readonly failed: number
  /** Members that left before they said. */
  readonly gone: number
}

export interface SubscribeOptions {
  /** Subscribers of the same group share the work: each message goes to one of them, in turn. */
  readonly group?: string
  /** Ends the subscription after that many messages. */
  readonly max?: number
  /** Ends the subscription when aborted. */
  readonly signal?: AbortSignal
  /**
   * What happens when too much waits for the handler or iterator. `'block'`, the default: who publishes to it is asked to
   * wait, until there is room again. As much again is taken for what is on its way, and more is dropped and counted; when it
   * stays full for the broker's `stallTimeout`, the bus is disconnected. `'drop-oldest'`, `'drop-newest'`: messages are dropped and counted.
   * `'disconnect'`: what waits is dropped and counted, and the bus joins anew.
   */
  readonly overflow?: OverflowPolicy
  /** Most messages that wait. Default `limits.queuedMessages`. */
  readonly queuedMessages?: number
  /** Most bytes of payload that wait; one message may always. Default `limits.queuedBytes`. */
  readonly queuedBytes?: number
  /** `'topic'`: only the newest message of each topic waits, and those before it count as dropped. */
  readonly conflate?: Conflation
}

export interface OnceOptions {
  readonly signal?: AbortSignal
  /** Milliseconds after which the promise rejects with `TIMEOUT`. Without it, it waits. */
  readonly timeout?: number
}

export interface RequestOptions {
  /** Milliseconds after which the promise rejects with `TIMEOUT`. Default 5,000. */
  readonly timeout?: number
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
}

export interface RespondOptions {
  /** Responders of the same group count as one when it is decided who answers; within it they take turns. */
  readonly group?: string
}

/**
 * A subscription, or a responder. Messages are handed to its handler one after the other: when the handler returns a
 * promise, the next message waits until it has settled. A responder's handler runs for many requests at a time.
 */
export interface Subscription extends AsyncDisposable {
  readonly pattern: string
  readonly group: string | undefined
  /**
   * Resolves when the broker has it: any message published after that, anywhere, is seen. Rejects when the broker
   * refuses it, or when its bus closes before.
   */
  readonly ready: Promise<void>
  /** Resolves when it has ended: nothing is handed over any more. Never rejects. */
  readonly closed: Promise<void>
  /** Ends it now: what waits for the handler is dropped. Idempotent. */
  unsubscribe(): void
  /**
   * Ends it without loss: takes nothing new, and resolves when the handler is through with all that was on its way.
   * An iterator gets all of that too, and ends after it. A handler may await it for its own subscription if it calls it
   * before its first `await`; later it would wait for itself. Idempotent.
   */
  drain(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A subscription without a handler: iterate over it. Leaving the loop ends the subscription. */
export interface SubscriptionStream<Received = Message> extends Subscription, AsyncIterable<Received, undefined> {
  [Symbol.asyncIterator](): AsyncIterableIterator<Received, undefined>
}

/** Messages that a subscription missed, because it or its bus did not take them in time. */
export interface SlowEvent {
  readonly pattern: string
  /** Topic of the last message that was dropped; empty where the broker dropped those of too many topics to name. */
  readonly topic: string
  /** Messages dropped since the last such event. */
  readonly dropped: number
  /** Whose queue was full: the subscription's own, or the one of this bus at the broker. */
  readonly where: 'subscription' | 'broker'
}

/** What a bus that has connected is told of the time before. */
export interface Rejoined {
  /** It was connected before. */
  readonly reconnected: boolean
  /** The link that it had was lost while it subscribed to something, so messages may have been missed. */
  readonly gap: boolean
}

/** Lifecycle events of a {@link Bus}. */
export interface BusEvents {
  /** Connected to a broker, for the first time or again. */
  connect: [member: Member, rejoined: Rejoined]
  /** The link is gone; the bus looks for a broker again. */
  disconnect: [reason: BusError]
  /** Something failed that no call can report. Without a listener it becomes a process warning. */
  error: [error: BusError]
  /** A queue was full, and a subscription has missed messages. */
  slow: [event: SlowEvent]
  /** Closed for good. */
  close: []
}

/** What follows the topic in a call of `publish`: data may be left out where it may be `undefined`. */
export type PublishArguments<Data> = undefined extends Data
  ? [data?: Data, options?: PublishOptions]
  : [data: Data, options?: PublishOptions]

/** What follows the topic in a call of `publish` that waits. */
export type ConfirmArguments<Data> = [data: Data, options: ConfirmOptions]

/** What follows the topic in a call of `request`: data may be left out where it may be `undefined`. */
export type RequestArguments<Data> = undefined extends Data
  ? [data?: Data, options?: RequestOptions]
  : [data: Data, options?: RequestOptions]

/**
 * What a process holds to publish and subscribe: the client of one broker. Usable at once; what is published and
 * subscribed before it is connected is kept, in order and bounded.
 */
export interface Bus<Events extends EventMap = Record<string, Untyped>> extends AsyncDisposable {
  /** This bus as its broker knows it; `undefined` while not connected. */
  readonly member: Member | undefined
  /** Resolves when connected. Rejects with `BROKER_UNREACHABLE` after `connectTimeout`. */
  ready(): Promise<void>
  /**
   * Publishes as below, in order with everything else, and resolves with what became of the message. It is sent once: a
   * failure means that nobody knows. Throws what `publish` throws, `QUEUE_FULL` also when `limits.pendingRequests`
   * requests and confirmations wait already; nothing is published then, unless an interceptor throws that has passed the
   * message on. Rejects with `TIMEOUT`, `ABORTED`, `CLOSED`; `DISCONNECTED` when the link was lost after the message had
   * gone out; `QUEUE_FULL`, and `PAYLOAD_TOO_LARGE` for one that was kept, when the broker does not take it: it is routed
   * to nobody then.
   */
  publish<T extends TopicOf<Events>>(topic: T, ...args: ConfirmArguments<PublishedOf<Events, T>>): Promise<Confirmation>
  /**
   * Publishes to every subscription that matches, anywhere: in order, at most once, no reply. Returns `false` when the
   * caller should `await flush()` before it goes on. Throws `BAD_TOPIC`, `BAD_OPTION`, `NOT_ALLOWED`, `UNENCODABLE`,
   * `PAYLOAD_TOO_LARGE`, `QUEUE_FULL`, `DRAINING`, `CLOSED`.
   */
  publish<T extends TopicOf<Events>>(topic: T, ...args: PublishArguments<PublishedOf<Events, T>>): boolean
  /** Subscribes to a topic or pattern. Throws `BAD_TOPIC`, `BAD_OPTION`, `QUEUE_FULL`, `DRAINING`, `CLOSED`. */
  subscribe<T extends TopicOf<Events>>(
    pattern: T,
    handler: HandlerOf<Events, T>,
    options?: SubscribeOptions,
  ): Subscription
  subscribe<T extends TopicOf<Events>>(pattern: T, options?: SubscribeOptions): SubscriptionStream<MessageOf<Events, T>>
  subscribe<T extends TopicOf<Events>>(
    pattern: T,
    handler: undefined,
    options?: SubscribeOptions,
  ): SubscriptionStream<MessageOf<Events, T>>
  /** The next message. Rejects with `TIMEOUT`, `ABORTED`, `CLOSED`, and what `subscribe` throws. */
  once<T extends TopicOf<Events>>(pattern: T, options?: OnceOptions): Promise<MessageOf<Events, T>>
  /**
   * Asks one responder and resolves with its answer. Rejects with `NO_RESPONDERS` at once when nobody answers that
   * topic, `TIMEOUT`, `RESPONDER_LOST` when the member that had it went away, `REMOTE_ERROR` with what the handler
   * threw as its cause, `ABORTED`, `DISCONNECTED`, and what `publish` throws.
   */
  request<T extends TopicOf<Events>>(
    topic: T,
    ...args: RequestArguments<PublishedOf<Events, T>>
  ): Promise<ReplyOf<Events, T>>
  /** Answers requests with what `handler` returns or resolves to. Throws what `subscribe` throws, and `NOT_ALLOWED`. */
  respond<T extends TopicOf<Events>>(
    pattern: T,
    handler: ResponderOf<Events, T>,
    options?: RespondOptions,
  ): Subscription
  /**
   * Puts an interceptor around all that this bus sends and hands over from now on; the first that is used is outermost.
   * Returns what takes it out again. Throws `BAD_OPTION`, `DRAINING`, `CLOSED`.
   */
  use(interceptor: Interceptor): () => void
  /**
   * Holds a cache that other members hold under the same name and on the same terms, and hears of what they void in it.
   * For `createCache` of `@clusterbus/cache`, and whoever makes a cache of their own. Throws `BAD_OPTION`, `DRAINING`,
   * `CLOSED`.
   */
  holdCache(name: string, terms: CacheTerms, holder: CacheHolder): HeldCache
  /**
   * Resolves when everything said before, publishes and subscriptions alike, has been handled by the broker, and nobody
   * asks this bus to wait. Waits for a broker as long as there is none. Rejects with `DISCONNECTED`, `CLOSED`.
   */
  flush(): Promise<void>
  /** Unsubscribes, finishes running handlers, flushes, and closes. Idempotent. */
  drain(): Promise<void>
  /** Closes now; pending requests reject with `CLOSED`. What was published is still sent. Idempotent. */
  close(): Promise<void>
  /** The connected members, as the broker knows them. Rejects with `TIMEOUT` after 5,000 ms, `DISCONNECTED`, `CLOSED`. */
  members(): Promise<Member[]>
  /** Counters since it was created, as plain JSON. */
  stats(): BusStats
  /** Throws `BAD_OPTION` for an event that there is not. */
  on<Name extends keyof BusEvents>(name: Name, listener: (...args: BusEvents[Name]) => void): this
  off<Name extends keyof BusEvents>(name: Name, listener: (...args: BusEvents[Name]) => void): this
  [Symbol.asyncDispose](): Promise<void>
}
