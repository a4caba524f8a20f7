import { closeSync, openSync } from 'node:fs'
import type { Scenario } from '../engine/scenario.ts'

/** The primary has no descriptor left now and then, when a bus wants to connect. */
export const fewDescriptors: Scenario = {
  about: 'the broker runs out of descriptors (ulimit -n 96) while buses come, and gets them back',
  members: 3,
  load: { perSecond: 100 },
  codes: [],
  descriptors: 96,
  async run({ crew, isOver, violated }) {
    const visitor = crew.fork()
    const turnedAway: Record<string, number> = {}
    let [rounds, meanwhile] = [0, 0]
    do {
      const taken = takeAll()
      const { lost, reached } = await visitor.worker.call('visit', `visit.n${rounds}`, 1_000)
      for (const descriptor of taken) closeSync(descriptor)
      if (reached) meanwhile += 1
      for (const code of lost) turnedAway[code] = (turnedAway[code] ?? 0) + 1
      if (!reached && !lost.includes('BROKER_UNREACHABLE')) violated(`a bus was not told why: ${lost.join(', ')}`)
      const later = await visitor.worker.call('visit', `visit.n${rounds}`, 8_000)
      if (!later.reached) violated(`with descriptors again, a bus did not get in: ${later.lost.join(', ')}`)
      rounds += 1
    } while (!isOver())
    await crew.kill(visitor)
    return { rounds, 'got in all the same': meanwhile, 'turned away': JSON.stringify(turnedAway) }
  },
  check: ({ missing = 0, jobs = 0, jobsDone = 0 }) => [
    ...(missing === 0 ? [] : [`${missing} messages of members that were connected were lost`]),
    ...(jobs === jobsDone ? [] : [`${jobs} jobs, and ${jobsDone} done`]),
  ],
}

/** Opens files until the system says no. */
function takeAll(): number[] {
  const taken: number[] = []
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch {
    return taken
  }
}
