export { BusError } from '@clusterbus/protocol'
export { carryStore } from './carry-store.ts'
export { createBus } from './node/create-bus.ts'

export type {
  Bus,
  BusEvents,
  Confirmation,
  ConfirmArguments,
  ConfirmOptions,
  Handler,
  HandlerOf,
  Message,
  MessageOf,
  OnceOptions,
  PublishArguments,
  PublishOptions,
  Rejoined,
  RequestArguments,
  RequestOptions,
  ResponderOf,
  RespondOptions,
  SlowEvent,
  SubscribeOptions,
  Subscription,
  SubscriptionStream,
} from './bus.ts'
export type { CacheHolder, Claim, HeldCache, InvalidateOptions, Invalidation, LoadedValue } from './caching.ts'
export type { CarryStoreOptions, StoreCarrier, StoreHolder } from './carry-store.ts'
export type { BusStats } from './core/counters.ts'
export type {
  DataOf,
  Declared,
  EventMap,
  PublishedOf,
  RepliedOf,
  ReplyOf,
  Request,
  TopicOf,
  TopicsOf,
  Untyped,
} from './events.ts'
export type { Delivering, Interceptor, OutgoingMessage, Sending, SendResult } from './interceptors.ts'
export type { EventsOf, RequestSchemas, Schema, SchemaResult, Schemas, Validation } from './schemas.ts'
export type { DeliverTold, PublishTold, RequestTold, RespondTold } from './core/hooks/channels.ts'
export type { BusOptions } from './node/bus-options.ts'
export type {
  BusErrorCode,
  CacheTerms,
  Codec,
  Conflation,
  Headers,
  Limits,
  Member,
  MemberKind,
  OverflowPolicy,
  SchemaIssue,
  Selector,
  SelectorKind,
} from '@clusterbus/protocol'
