import { testBusesOfAWorker } from './support/in-worker.ts'

testBusesOfAWorker({
  by: 'spawn',
  transport: 'ipc',
  serialization: 'advanced',
  dataOnChannel: 'bytes',
  volume: 'tenth',
})
