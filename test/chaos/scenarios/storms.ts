import type { Scenario } from '../engine/scenario.ts'

const atOnce = 20

/** Twenty that come at once, work for a moment, and are gone at once. */
export const storms: Scenario = {
  about: `${atOnce} workers forked at once, and killed at once`,
  members: 2,
  load: { perSecond: 100 },
  codes: ['RESPONDER_LOST'],
  async run({ crew, broker, isOver, violated }) {
    const regulars = new Set(crew.ready)
    let storms = 0
    let slowestMs = 0
    do {
      const begun = performance.now()
      await crew.addMany(atOnce)
      slowestMs = Math.max(slowestMs, performance.now() - begun)
      const { members } = broker.stats()
      if (members < atOnce) violated(`${members} members after ${atOnce} were forked`)
      await Promise.all(crew.ready.filter((hand) => !regulars.has(hand)).map((hand) => crew.kill(hand)))
      storms += 1
    } while (!isOver())
    return { storms, 'all at work within': `${slowestMs.toFixed(0)} ms` }
  },
}
