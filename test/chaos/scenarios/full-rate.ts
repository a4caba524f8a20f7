import { setTimeout as pause } from 'node:timers/promises'
import { atFullRate } from '../load/full-rate.ts'
import type { Scenario } from '../engine/scenario.ts'

const queuedBytes = 4 * 1024 * 1024

/** One member does not read now and then, while all publish as fast as they can. It has chosen to lose the oldest. */
export const fullRate: Scenario = {
  about: 'a member that drops the oldest stops for a while, again and again, while all publish at full rate',
  broker: { limits: { queuedBytes } },
  members: 3,
  load: atFullRate,
  codes: [],
  async run({ broker, crew, figures, isOver, violated }) {
    const { worker } = await crew.add({}, { overflow: 'drop-oldest' })
    let stops = 0
    do {
      const before = { ...figures(), dropped: broker.stats().dropped }
      worker.worker.process.kill('SIGSTOP')
      for (const until = performance.now() + 20_000; performance.now() < until; await pause(20)) {
        if (broker.stats().dropped > before.dropped && figures().handed > before.handed) break
      }
      if (figures().handed === before.handed) violated('while one member was stopped, nobody heard anything for 20 s')
      if (broker.stats().dropped === before.dropped)
        violated('nothing was dropped for a member that was stopped for 20 s')
      worker.worker.process.kill('SIGCONT')
      await worker.call('connected')
      stops += 1
    } while (!isOver())
    return { stops, 'disconnected for it': broker.stats().overflowed }
  },
}
