import { createHook } from 'node:async_hooks'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'

/** What a process holds on to, in numbers. */
export interface Held {
  /** Open descriptors; 0 where the system does not tell. */
  readonly descriptors: number
  /** Timers that have not run out, also those that keep no process. */
  readonly timers: number
}

// With the first stream of a process comes a descriptor that Node keeps for when there are no more.
createServer().listen(0).close()

const timers = new Set<number>()

createHook({
  init(id, type) {
    if (type === 'Timeout') timers.add(id)
  },
  destroy: (id) => void timers.delete(id),
}).enable()

export function held(): Held {
  return { descriptors: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0, timers: timers.size }
}

/** What is held more than before, when the system has had time to close what was closed. */
export async function leakedSince(before: Held, patienceMs = 3_000): Promise<readonly string[]> {
  const until = performance.now() + patienceMs
  for (;;) {
    const now = held()
    const leaks = [
      ...(now.descriptors > before.descriptors ? [`${now.descriptors - before.descriptors} descriptors more`] : []),
      ...(now.timers > before.timers ? [`${now.timers - before.timers} timers more`] : []),
    ]
    if (leaks.length === 0 || performance.now() > until) return leaks
    await pause(20)
    // That timer itself is gone only a turn later.
    await turn()
    await turn()
  }
}
