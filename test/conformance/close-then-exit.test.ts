import { createBroker } from '@clusterbus/broker'
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { programArgv, programPath } from '../support/program.ts'

test.each([
  { transport: 'socket', serialization: 'json' },
  { transport: 'ipc', serialization: 'json' },
  { transport: 'ipc', serialization: 'advanced' },
] as const)(
  'what was published before close() and exit arrives, however slow the others are: $transport, $serialization',
  async ({ transport, serialization }) => {
    await using broker = createBroker({ transport, stallTimeout: 10_000 })
    await broker.ready()
    const counting = fork('count-slowly', serialization)
    await once(counting, 'message')
    const counted = once(counting, 'message')
    fork('publish-close-exit', serialization)
    expect(await counted).toEqual([{ received: 48 }, undefined])
    counting.process.kill('SIGKILL')
    await once(counting, 'exit')
  },
)

function fork(fixture: string, serialization: 'json' | 'advanced'): Worker {
  const exec = programPath(`conformance/fixtures/${fixture}`)
  cluster.setupPrimary({ exec, execArgv: [...programArgv], serialization })
  return cluster.fork()
}
