import { setTimeout as pause } from 'node:timers/promises'
import type { Scenario } from '../engine/scenario.ts'

/** Event loops that stand still now and then, for less than would be taken for a death. */
export const blocks: Scenario = {
  about: 'event loops blocked for up to 300 ms, several at a time',
  members: 4,
  codes: [],
  async run({ crew, isOver }) {
    let blocked = 0
    while (!isOver()) {
      const { worker } = crew.random.pick(crew.ready)
      await worker.call('block', 1 + crew.random.below(300))
      blocked += 1
      await pause(50)
    }
    return { blocked }
  },
  check: ({ missing = 0, jobs = 0, jobsDone = 0 }) => [
    ...(missing === 0 ? [] : [`${missing} messages were lost without a reason`]),
    ...(jobs === jobsDone ? [] : [`${jobs} jobs, and ${jobsDone} done`]),
  ],
}
