import { testBusesOfAWorker } from './support/in-worker.ts'

testBusesOfAWorker({ by: 'thread', transport: 'ipc', serialization: 'json', dataOnChannel: 'none', volume: 'full' })
