import { type Broker, createBroker } from '@clusterbus/broker'
import { busConformance } from '@clusterbus/testkit'
import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CaseWorker } from './case-worker.ts'

const exec = fileURLToPath(new URL('../fixtures/run-cases.ts', import.meta.url))

/** How the data of the workers travels. */
export interface WorkerKind {
  readonly transport: 'socket' | 'ipc'
  readonly serialization: 'json' | 'advanced'
  /** What the app's IPC channel carries of the bus's data: nothing, base64 in JSON, or bytes. */
  readonly dataOnChannel: 'none' | 'string' | 'bytes'
}

/** Every case of the suite, with buses of a worker of this process's cluster. */
export function testBusesOfAWorker({ transport, serialization, dataOnChannel }: WorkerKind): void {
  const worker = new CaseWorker()
  const onChannel = new Set<string>()
  let broker: Broker | undefined

  beforeAll(async () => {
    const execArgv = ['--import', 'tsx', '--conditions=@clusterbus/source']
    cluster.setupPrimary({ exec, execArgv, serialization })
    broker = createBroker({ transport })
    await broker.ready()
    const { process } = await worker.forked()
    process.on('internalMessage', (message: unknown) => {
      if (typeof message !== 'object' || message === null || !('data' in message)) return
      onChannel.add(typeof message.data === 'string' ? 'string' : 'bytes')
    })
  })
  afterAll(async () => {
    await worker.stop()
    await broker?.close()
  })

  for (const [concept, cases] of Object.entries(busConformance)) {
    describe(concept, () => {
      for (const { name } of cases) it(name, () => worker.run({ concept, name }))
    })
  }

  it('data has travelled the way that was meant', () => {
    expect([...onChannel]).toEqual(dataOnChannel === 'none' ? [] : [dataOnChannel])
  })
}
