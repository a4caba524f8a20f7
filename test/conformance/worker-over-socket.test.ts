import { testBusesOfAWorker } from './support/in-worker.ts'

testBusesOfAWorker({ transport: 'socket', serialization: 'json', dataOnChannel: 'none', volume: 'full' })
