import { type Broker, createBroker } from '@clusterbus/broker'
import { afterAll, beforeAll } from 'vitest'
import { testBusesOfThisProcess } from './support/in-process.ts'

let broker: Broker

beforeAll(async () => {
  broker = createBroker()
  await broker.ready()
})
afterAll(() => broker.close())

testBusesOfThisProcess('full')
