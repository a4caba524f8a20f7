import { setTimeout as pause } from 'node:timers/promises'
import type { Scenario } from '../engine/scenario.ts'

const everyMs = 200

/** A member dies five times a second, whatever it is at. */
export const kills: Scenario = {
  about: 'SIGKILL of a random worker every 200 ms, its successor forked at once',
  members: 6,
  codes: ['RESPONDER_LOST'],
  async run({ crew, isOver }) {
    let killed = 0
    const starting = new Set<Promise<unknown>>()
    while (!isOver()) {
      // Those who have only just started, too, but most often somebody at work.
      const targets = crew.random.below(4) === 0 ? crew.all : crew.ready
      if (targets.length > 1) {
        await crew.kill(crew.random.pick(targets))
        killed += 1
        const successor = crew.add()
        starting.add(successor)
        void successor.finally(() => starting.delete(successor))
      }
      await pause(everyMs)
    }
    await Promise.all(starting)
    return { killed }
  },
}
