import cluster from 'node:cluster'

/** Kills all workers when this process ends, also at Ctrl-C, and also those that are stopped: they would not notice. */
export function killAllAtTheEnd(): void {
  process.once('exit', () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL')
  })
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
}
