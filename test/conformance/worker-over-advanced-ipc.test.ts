import { testBusesOfAWorker } from './support/in-worker.ts'

testBusesOfAWorker({ transport: 'ipc', serialization: 'advanced', dataOnChannel: 'bytes', volume: 'full' })
