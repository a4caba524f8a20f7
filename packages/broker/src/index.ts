export { createBroker } from './node/create-broker.ts'

export type { BrokerStats } from './core/counters.ts'
export type { DropReason, DropRow } from './core/overflow/drop-account.ts'
export type { Broker, BrokerEvents, BrokerOptions } from './node/create-broker.ts'
export type { Conflation, Limits, Member, MemberKind, OverflowPolicy } from '@clusterbus/protocol'
