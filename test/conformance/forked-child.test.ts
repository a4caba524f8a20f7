import { testBusesOfAWorker } from './support/in-worker.ts'

testBusesOfAWorker({ by: 'fork', transport: 'socket', serialization: 'json', dataOnChannel: 'none', volume: 'tenth' })
