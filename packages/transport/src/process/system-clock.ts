import type { Clock } from '@clusterbus/protocol'

const { hrtime } = process

/** The time of this process. */
export const systemClock: Clock = Object.freeze({
  now() {
    // Read for every hit of a cache, and the greater part of it: `performance.now()`, a bigint, and taking the pair apart
    // by destructuring are all slower.
    const time = hrtime()
    return time[0] * 1e3 + time[1] * 1e-6
  },
  after(delayMs: number, callback: () => void, keepAlive = false): () => void {
    const timer = setTimeout(callback, delayMs)
    if (!keepAlive) timer.unref()
    return () => clearTimeout(timer)
  },
})
