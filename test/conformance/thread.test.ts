import { testBusesOfAWorker } from './support/in-worker.ts'

testBusesOfAWorker({ by: 'thread', transport: 'socket', serialization: 'json', dataOnChannel: 'none', volume: 'full' })
