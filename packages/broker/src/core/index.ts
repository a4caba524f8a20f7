// The core for those who pass links and time in: the simulation, and the faults that it must find. Not published.
export { BrokerCore } from './broker-core.ts'
export { Outbox } from './outbox.ts'
export { Pressure } from './pressure.ts'
export { Requests } from './requests.ts'
export { ResponderTable } from './responder-table.ts'
export { Run } from './run.ts'
export { SubscriptionTable } from './subscription-table.ts'
export { TopicTable } from './topic-table.ts'
