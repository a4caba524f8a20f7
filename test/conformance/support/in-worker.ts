import { type Broker, createBroker } from '@clusterbus/broker'
import { busConformance, type Volume } from '@clusterbus/testkit'
import { type ChildProcess, fork, spawn } from 'node:child_process'
import cluster from 'node:cluster'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { programArgv, programPath } from '../../support/program.ts'
import { CaseWorker, type Started } from './case-worker.ts'

const exec = programPath('conformance/fixtures/run-cases')
const execArgv = [...programArgv]

/** How the process comes to be, and how its data travels. */
export interface WorkerKind {
  /** A worker of this process's cluster, a thread of such a worker or of this process, or an attached child. Default: `cluster`. */
  readonly by?: 'cluster' | 'fork' | 'spawn' | 'thread' | 'thread of a worker'
  readonly transport: 'socket' | 'ipc'
  readonly serialization: 'json' | 'advanced'
  /** What the app's IPC channel carries of the bus's data: nothing, base64 in JSON, or bytes. */
  readonly dataOnChannel: 'none' | 'string' | 'bytes'
  readonly volume: Volume
}

/** Every case of the suite, with buses of another process that this one has started. */
export function testBusesOfAWorker(kind: WorkerKind): void {
  const { by = 'cluster', transport, dataOnChannel, volume } = kind
  const onChannel = new Set<string>()
  let broker: Broker | undefined
  const worker = new CaseWorker(() => {
    if (by === 'thread') return startThread()
    const child = start({ ...kind, by })
    if (by === 'fork' || by === 'spawn') broker?.attach(child)
    return { events: child, tell: (command) => void child.send({ ...command }), kill: () => child.kill('SIGKILL') }
  })

  beforeAll(async () => {
    broker = createBroker({ transport })
    await broker.ready()
    const started = await worker.started()
    started.events.on('internalMessage', (message: unknown) => {
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
      for (const { name } of cases) it(name, () => worker.run({ concept, name, volume }))
    })
  }

  it('data has travelled the way that was meant', () => {
    expect([...onChannel]).toEqual(dataOnChannel === 'none' ? [] : [dataOnChannel])
  })
}

function startThread(): Started {
  const thread = new Worker(exec)
  return { events: thread, tell: (command) => thread.postMessage(command), kill: () => void thread.terminate() }
}

function start({ by, serialization }: WorkerKind): ChildProcess {
  if (by === 'fork') return fork(exec, { execArgv, serialization })
  if (by === 'spawn') {
    const stdio = ['inherit', 'inherit', 'inherit', 'ipc'] as const
    return spawn(process.execPath, [...execArgv, exec], { stdio: [...stdio], serialization })
  }
  cluster.setupPrimary({ exec, execArgv, serialization, args: by === 'thread of a worker' ? ['in-a-thread'] : [] })
  return cluster.fork().process
}
