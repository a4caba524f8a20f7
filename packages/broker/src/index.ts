export { createBroker } from './node/create-broker.ts'

export type { BrokerStats } from './core/counters.ts'
export type { Broker, BrokerEvents, BrokerOptions } from './node/create-broker.ts'
export type { Limits, Member, MemberKind } from '@clusterbus/protocol'
