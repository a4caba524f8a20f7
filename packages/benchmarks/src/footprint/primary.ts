import { createBroker } from '@clusterbus/broker'
import cluster from 'node:cluster'
import { control } from '../arena/control.ts'
import { programPath } from '../arena/program.ts'
import { type Memory, memoryAfterGc } from '../arena/usage.ts'
import type { Told } from './tell.ts'

/** What the primary of idle workers does when it is told. */
export interface FootprintApi {
  /** Starts one more worker, and resolves when it has come to rest. */
  start(kind: WorkerKind): Promise<Started>
  /** Ends all workers. */
  stop(): Promise<void>
  memory(): Memory
}

/** The same worker, without and with a bus. */
export type WorkerKind = 'bare' | 'bus'

export interface Started {
  /** From the fork until the worker runs: it has imported what it imports, and has created its bus. */
  readonly startMs: number
  readonly residentBytes: number
}

createBroker()
control(
  { send: (message) => void process.send?.(message), listen: (listener) => void process.on('message', listener) },
  {
    start,
    stop: () => new Promise((resolve) => cluster.disconnect(resolve)),
    memory: memoryAfterGc,
  } satisfies FootprintApi,
)
process.once('disconnect', () => process.exit())

function start(kind: WorkerKind): Promise<Started> {
  cluster.setupPrimary({ exec: programPath(`${kind}-worker`, import.meta.url), args: [] })
  const forkedAtMs = performance.now()
  const worker = cluster.fork()
  let startMs = 0
  return new Promise((resolve) => {
    worker.on('message', (told: Told) => {
      if (told === 'up') startMs = performance.now() - forkedAtMs
      else if ('residentBytes' in told) resolve({ startMs, residentBytes: told.residentBytes })
    })
  })
}
