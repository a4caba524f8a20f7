import type { Scenario } from '../engine/scenario.ts'

/** Each of four workers in turn gives way to its successor, as in a deployment. */
export const rolling: Scenario = {
  about: 'rolling restarts: four workers drained in turn, each after its successor has come',
  members: 4,
  codes: [],
  async run({ crew, isOver, rounds }) {
    let restarted = 0
    let round = 0
    do {
      for (const hand of crew.ready) {
        await crew.add()
        await crew.retire(hand)
        restarted += 1
      }
      round += 1
    } while (rounds === undefined ? !isOver() : round < rounds)
    return { rounds: round, restarted }
  },
  check: ({ missing = 0, jobs = 0, jobsDone = 0, failed = 0 }) => [
    ...(missing === 0 ? [] : [`${missing} messages were lost`]),
    ...(jobs === jobsDone ? [] : [`${jobs} jobs, and ${jobsDone} done`]),
    ...(failed === 0 ? [] : [`${failed} requests failed`]),
  ],
}
