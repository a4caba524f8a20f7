export { createBroker } from './node/create-broker.ts'

export type { AccessAction, Authorize } from './core/access/authorize.ts'
export type { BrokerStats } from './core/counters.ts'
export type { DropReason, DropRow } from './core/overflow/drop-account.ts'
export type { BrokerOptions } from './node/broker-options.ts'
export type { Broker, BrokerEvents } from './node/create-broker.ts'
export type { ListenOptions } from './node/path-edges.ts'
export type { Conflation, Limits, Member, MemberKind, OverflowPolicy } from '@clusterbus/protocol'
