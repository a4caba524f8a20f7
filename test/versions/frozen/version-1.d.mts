// What an app of version 1 saw of it, as far as the tests use it, has not changed since.
export { createBroker } from '@clusterbus/broker'
export { createBus } from '@clusterbus/client'
