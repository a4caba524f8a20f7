import { testBusesOfAWorker } from './support/in-worker.ts'

testBusesOfAWorker({ transport: 'ipc', serialization: 'json', dataOnChannel: 'string', volume: 'full' })
