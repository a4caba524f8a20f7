import { parentHasBroker, ThreadChannel, type ThreadDesk } from '@clusterbus/transport'
import cluster from 'node:cluster'
import { isMainThread } from 'node:worker_threads'
import { openThreadRelay } from './thread-relay.ts'

/** What the open buses of this thread have together. */
let channel: ThreadChannel | undefined
let relay: ThreadDesk | undefined
let buses = 0

/**
 * A bus is there that looks for a broker outside of this thread. In a thread it can ask the thread's desk from here on;
 * in the main thread of a worker or a child, threads can ask its parent's broker through it. Until the returned function
 * is called, and as long after it as there are such threads.
 */
export function meetThreads(): () => void {
  buses += 1
  if (!isMainThread) channel ??= new ThreadChannel()
  else if (cluster.isWorker || (process.send !== undefined && parentHasBroker())) {
    relay ??= openThreadRelay(process, endRelay)
  }
  return () => {
    buses -= 1
    if (buses > 0) return
    channel?.close()
    channel = undefined
    // A thread that was started in this very turn is known by then.
    if (relay !== undefined) setImmediate(endRelay)
  }
}

/** Where a bus of this thread asks for a broker; none in the main thread. */
export function threadChannel(): ThreadChannel | undefined {
  return channel
}

function endRelay(): void {
  if (buses > 0 || relay === undefined || relay.livingThreads > 0) return
  relay.close()
  relay = undefined
}
