import type { Clock } from '@clusterbus/protocol'

const { hrtime } = process

/** The time of this process. */
export const systemClock: Clock = Object.freeze({
  now() {
    // A hit in a cache is little more than this, and it takes three quarters of the time of performance.now().
    const time = hrtime()
    return time[0] * 1e3 + time[1] * 1e-6
  },
  after(delayMs: number, callback: () => void, keepAlive = false): () => void {
    const timer = setTimeout(callback, delayMs)
    if (!keepAlive) timer.unref()
    return () => clearTimeout(timer)
  },
})
