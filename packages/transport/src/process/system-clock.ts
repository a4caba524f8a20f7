import type { Clock } from '@clusterbus/protocol'

/** The time of this process. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  after(delayMs: number, callback: () => void, keepAlive = false): () => void {
    const timer = setTimeout(callback, delayMs)
    if (!keepAlive) timer.unref()
    return () => clearTimeout(timer)
  },
})
