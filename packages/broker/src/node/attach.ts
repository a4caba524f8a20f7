import { BusError, quoted } from '@clusterbus/protocol'
import { ChildProcess } from 'node:child_process'
import cluster, { Worker as ClusterWorker } from 'node:cluster'
import { announceBroker, hostChannel } from './channel-host.ts'
import type { Reception } from './reception.ts'

/** The processes that an app has attached to its broker. */
export class AttachedChildren {
  readonly #reception: Reception
  readonly #opened: Promise<void>
  readonly #ends = new Map<ChildProcess, () => void>()
  #isClosed = false

  /** Nobody is let in before `opened`. */
  constructor(reception: Reception, opened: Promise<void>) {
    this.#reception = reception
    this.#opened = opened
  }

  /** Returns how to let no further bus of the child in. Throws `BAD_OPTION`, `NOT_ALLOWED`, `CLOSED`. */
  attach(child: unknown): () => void {
    if (this.#isClosed) throw new BusError('CLOSED', 'attach: the broker is closed')
    assertChild(child)
    const present = this.#ends.get(child)
    if (present !== undefined) return present
    // One that could not be started has no pid, and one that has exited says nothing any more; its own events tell.
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return () => undefined
    const stop = this.#serve(child, child.pid)
    const end = (): void => {
      stop()
      if (this.#ends.get(child) === end) this.#ends.delete(child)
    }
    this.#ends.set(child, end)
    return end
  }

  close(): void {
    this.#isClosed = true
    for (const end of this.#ends.values()) end()
  }

  #serve(child: ChildProcess, pid: number): () => void {
    let isWanted = true
    let stopHosting = (): void => undefined
    const leave = (): void => this.#ends.get(child)?.()
    const exited = (): void => {
      this.#reception.exited(pid)
      // What it said last may still be in its channel.
      if (child.connected) child.once('disconnect', leave)
      else leave()
    }
    child.once('exit', exited)
    this.#opened.then(
      () => {
        if (!isWanted) return
        stopHosting = hostChannel(child, pid, 'fork', this.#reception)
        announceBroker(child)
      },
      // ready() says why there is no broker.
      () => undefined,
    )
    return () => {
      isWanted = false
      child.off('exit', exited)
      child.off('disconnect', leave)
      stopHosting()
    }
  }
}

function assertChild(child: unknown): asserts child is ChildProcess {
  if (isClusterWorker(child)) {
    const message = 'attach: a cluster worker is served without this call, so leave it out'
    throw new BusError('NOT_ALLOWED', message)
  }
  if (!(child instanceof ChildProcess)) {
    const message = `attach: takes what child_process.fork() returns, or spawn() with 'ipc' in its stdio, or a Worker of worker_threads, not ${quoted(child)}`
    throw new BusError('BAD_OPTION', message, { option: 'child' })
  }
  if (child.pid === undefined || child.send !== undefined) return
  const message = `attach: the child ${child.pid} has no IPC channel; start it with fork(), or add 'ipc' to the stdio of spawn()`
  throw new BusError('BAD_OPTION', message, { option: 'child' })
}

function isClusterWorker(child: unknown): boolean {
  if (child instanceof ClusterWorker) return true
  return Object.values(cluster.workers ?? {}).some((worker) => worker?.process === child)
}
