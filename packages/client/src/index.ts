export { BusError } from '@clusterbus/protocol'
export { createBus } from './node/create-bus.ts'

export type {
  Bus,
  BusEvents,
  Confirmation,
  ConfirmArguments,
  ConfirmOptions,
  DataOf,
  EventMap,
  Handler,
  Message,
  OnceOptions,
  PublishArguments,
  PublishOptions,
  RequestOptions,
  RespondOptions,
  SlowEvent,
  SubscribeOptions,
  Subscription,
  SubscriptionStream,
  TopicOf,
} from './bus.ts'
export type { CacheHolder, Claim, HeldCache, InvalidateOptions, Invalidation, LoadedValue } from './caching.ts'
export type { BusStats } from './core/counters.ts'
export type { BusOptions } from './node/create-bus.ts'
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
  Selector,
  SelectorKind,
} from '@clusterbus/protocol'
