import type { Broker } from '@clusterbus/broker'

/** Six times what may wait for one member, from one publisher. */
export const flood = { queuedBytes: 4 * 1024 * 1024, messages: 6_000, payload: 'x'.repeat(4_000) } as const

/**
 * Most that may be queued in all while one member takes nothing: its limit, and the two others are held back at a quarter
 * of theirs. Each may hold `slackBytes` more: a chunk that came in when its queue was just not full, or what its link took.
 */
export function floodBytesMax(slackBytes: number): number {
  return flood.queuedBytes + slackBytes + 2 * (flood.queuedBytes / 4 + slackBytes)
}

/** Watches how much is queued, until the returned function is called, which tells the most that was. */
export function watchQueues(broker: Broker): () => number {
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, broker.stats().queuedBytes)), 1)
  return () => {
    clearInterval(watch)
    return most
  }
}
