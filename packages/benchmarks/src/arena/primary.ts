import cluster from 'node:cluster'
import { Worker } from 'node:worker_threads'
import { peers } from '../peers/catalogue.ts'
import { type Carried, type Channel, control, isCarried, isControl } from './control.ts'
import { programPath } from './program.ts'
import { asArgument, startOrder } from './start-order.ts'
import { MemoryWatch } from './memory-watch.ts'
import { type Memory, memoryAfterGc, ownCpuSeconds } from './usage.ts'

/** What the primary of an arena does when it is told. */
export interface PrimaryApi {
  /** Starts workers, and resolves when they are connected. From then on it carries what steers them. */
  fork(count: number): Promise<void>
  cpuSeconds(): number | undefined
  /** After its garbage was collected. */
  memory(): Memory
  /** Looks at its memory from now on, ten times a second. */
  watchMemory(): void
  /** The most that it held since then. */
  mostMemory(): Memory
}

const order = startOrder(process.argv[2])
const entry = peers[order.peer]
const exec = programPath('worker', import.meta.url)
cluster.setupPrimary({ exec, args: [asArgument(order)], serialization: entry.serialization ?? 'json' })
const peer = await entry.load()
peer.host?.(order.servers)

const workers: Channel[] = []
const watch = new MemoryWatch()
const api: PrimaryApi = {
  async fork(count) {
    await Promise.all(Array.from({ length: count }, start))
  },
  cpuSeconds: () => (entry.workers === 'threads' ? undefined : ownCpuSeconds()),
  memory: memoryAfterGc,
  watchMemory: () => watch.start(),
  mostMemory: () => watch.end(),
}
control(
  { send: (message) => void process.send?.(message), listen: (listener) => void process.on('message', listener) },
  api,
)
process.on('message', (carried) => {
  if (isCarried(carried)) workers[carried.worker]?.send(carried.message)
})
process.once('disconnect', () => process.exit())

function start(): Promise<void> {
  const channel = entry.workers === 'cluster' ? forked() : threaded()
  const worker = workers.push(channel) - 1
  return new Promise((resolve) => {
    channel.listen((message) => {
      if (message === 'ready') resolve()
      else if (isControl(message)) process.send?.({ worker, message } satisfies Carried)
    })
  })
}

function forked(): Channel {
  const worker = cluster.fork()
  worker.once('exit', failed)
  return {
    send: (message) => void worker.send(Object(message)),
    listen: (listener) => void worker.on('message', listener),
  }
}

function threaded(): Channel {
  const worker = new Worker(exec, { argv: [asArgument(order)] })
  worker.once('exit', failed)
  return { send: (message) => worker.postMessage(message), listen: (listener) => void worker.on('message', listener) }
}

/** Nothing that is measured without one of its workers is worth anything. */
function failed(): void {
  process.exit(1)
}
