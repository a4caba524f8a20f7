import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Forks workers, and a successor for each that crashes. Resolves with where they listen when all of them do. */
export async function startWorkers(count: number): Promise<string> {
  cluster.setupPrimary({ exec: fileURLToPath(new URL('worker.ts', import.meta.url)) })
  cluster.on('exit', (worker) => {
    if (!worker.exitedAfterDisconnect) cluster.fork()
  })
  const workers = Array.from({ length: count }, () => cluster.fork())
  const ports = await Promise.all(workers.map(listening))
  return `http://127.0.0.1:${ports[0]}`
}

/** Lets every worker finish what it is doing. Resolves when all have exited. */
export async function stopWorkers(): Promise<void> {
  const workers = allWorkers()
  const exits = workers.map((worker) => once(worker, 'exit'))
  const giveUp = setTimeout(() => workers.forEach((worker) => worker.process.kill('SIGKILL')), 2_000)
  cluster.disconnect()
  await Promise.all(exits)
  clearTimeout(giveUp)
}

/** Kills a worker without a warning. Resolves with the name of its successor when that one listens. */
export async function replaceWorker(name: string): Promise<string> {
  const successor = once(cluster, 'fork')
  findWorker(name).process.kill('SIGKILL')
  const [worker] = (await successor) as [Worker]
  await listening(worker)
  return nameOf(worker)
}

export function workerNames(): string[] {
  return allWorkers().map(nameOf)
}

export function pidOf(name: string): number | undefined {
  return findWorker(name).process.pid
}

function allWorkers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
}

function findWorker(name: string): Worker {
  const worker = allWorkers().find((each) => nameOf(each) === name)
  if (!worker) throw new Error(`there is no ${name}`)
  return worker
}

function nameOf(worker: Worker): string {
  return `worker-${worker.id}`
}

async function listening(worker: Worker): Promise<number> {
  const [address] = (await once(worker, 'listening')) as [{ port: number }]
  return address.port
}
