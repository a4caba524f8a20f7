import cluster, { type Worker } from 'node:cluster'
import { announceBroker, hostChannel } from './channel-host.ts'
import type { Reception } from './reception.ts'

/** Serves the workers of this process's cluster: those forked already, and those to come. Returns how to stop. */
export function serveCluster(reception: Reception): () => void {
  const served = new Map<Worker, () => void>()

  const serve = (worker: Worker): void => {
    const { pid } = worker.process
    // A worker whose process could not be started has no pid, and will never say hello.
    if (pid === undefined || served.has(worker)) return
    served.set(worker, hostChannel(worker.process, pid, 'cluster', reception))
  }
  const leave = (worker: Worker): void => {
    served.get(worker)?.()
    served.delete(worker)
  }
  const exited = (worker: Worker): void => {
    leave(worker)
    if (worker.process.pid !== undefined) reception.exited(worker.process.pid)
  }

  for (const worker of Object.values(cluster.workers ?? {})) {
    if (worker === undefined) continue
    serve(worker)
    announceBroker(worker.process)
  }
  cluster.on('fork', serve)
  cluster.on('exit', exited)
  return () => {
    cluster.off('fork', serve)
    cluster.off('exit', exited)
    for (const worker of served.keys()) leave(worker)
  }
}
