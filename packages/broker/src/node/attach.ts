import { BusError, quoted } from '@clusterbus/protocol'
import { ChildProcess } from 'node:child_process'
import cluster, { Worker as ClusterWorker } from 'node:cluster'
import { announceBroker, answerHellos, hearOfThreads } from './channel-host.ts'
import type { Reception } from './reception.ts'

/** The processes that an app has attached to its broker. */
export class AttachedChildren {
  readonly #reception: Reception
  readonly #opened: Promise<void>
  /** How to let no further bus of a child in. */
  readonly #refusals = new Map<ChildProcess, () => void>()
  /** How to watch for the end of a child no more. Those that are let go of are watched as well: they keep their buses. */
  readonly #watches = new Map<ChildProcess, () => void>()
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
    const present = this.#refusals.get(child)
    if (present !== undefined) return present
    const { pid } = child
    // One that could not be started has no pid, and one that has exited says nothing any more; its own events tell.
    if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return () => undefined
    if (!this.#watches.has(child)) this.#watches.set(child, this.#watch(child, pid))
    const stopServing = this.#serve(child, pid)
    const refuse = (): void => {
      stopServing()
      if (this.#refusals.get(child) === refuse) this.#refusals.delete(child)
    }
    this.#refusals.set(child, refuse)
    return refuse
  }

  close(): void {
    this.#isClosed = true
    for (const child of this.#watches.keys()) this.#leave(child)
  }

  #serve(child: ChildProcess, pid: number): () => void {
    let isWanted = true
    let stopAnswering = (): void => undefined
    this.#opened.then(
      () => {
        if (!isWanted) return
        stopAnswering = answerHellos(child, pid, 'fork', this.#reception)
        announceBroker(child)
      },
      // ready() says why there is no broker.
      () => undefined,
    )
    return () => {
      isWanted = false
      stopAnswering()
    }
  }

  /** Until its end, caches have to hear of it, and of the end of its threads: nobody waits for their leases then. */
  #watch(child: ChildProcess, pid: number): () => void {
    const stopHearing = hearOfThreads(child, pid, this.#reception)
    const leave = (): void => this.#leave(child)
    const exited = (): void => {
      this.#reception.exited(pid)
      // What it said last may still be in its channel.
      if (child.connected) child.once('disconnect', leave)
      else leave()
    }
    child.once('exit', exited)
    return () => {
      stopHearing()
      child.off('exit', exited)
      child.off('disconnect', leave)
    }
  }

  #leave(child: ChildProcess): void {
    this.#refusals.get(child)?.()
    this.#watches.get(child)?.()
    this.#watches.delete(child)
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
