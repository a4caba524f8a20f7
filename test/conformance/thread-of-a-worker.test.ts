import { testBusesOfAWorker } from './support/in-worker.ts'

testBusesOfAWorker({
  by: 'thread of a worker',
  transport: 'socket',
  serialization: 'json',
  dataOnChannel: 'none',
  volume: 'tenth',
})
