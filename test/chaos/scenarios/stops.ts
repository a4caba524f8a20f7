import { setTimeout as pause } from 'node:timers/promises'
import type { Scenario, Stage } from '../engine/scenario.ts'

const heartbeatInterval = 50
const silenceTimeout = 400

/** Members that are stopped for less than the broker has patience, and for longer. */
export const stops: Scenario = {
  about: 'SIGSTOP and SIGCONT of random workers: short, and longer than silenceTimeout',
  broker: { heartbeatInterval, silenceTimeout },
  members: 4,
  codes: ['DISCONNECTED', 'RESPONDER_LOST', 'NO_RESPONDERS'],
  reports: ['TIMEOUT'],
  async run(stage) {
    let [short, long] = [0, 0]
    for (let round = 0; !stage.isOver(); round += 1) {
      const isLong = round % 3 === 2
      await stop(stage, isLong)
      if (isLong) long += 1
      else short += 1
    }
    await Promise.all(stage.crew.ready.map(({ worker }) => worker.call('connected')))
    const { silenced } = stage.broker.stats()
    return { short, long, disconnected: silenced }
  },
}

async function stop({ crew, broker, violated }: Stage, isLong: boolean): Promise<void> {
  const { worker } = crew.random.pick(crew.ready)
  const before = broker.stats().silenced
  worker.worker.process.kill('SIGSTOP')
  if (isLong) {
    const until = performance.now() + 10 * silenceTimeout
    while (broker.stats().silenced === before && performance.now() < until) await pause(5)
    if (broker.stats().silenced === before) violated('a member that was stopped for long was not disconnected')
  } else await pause(crew.random.below(silenceTimeout / 2))
  worker.worker.process.kill('SIGCONT')
  await worker.call('connected')
  await pause(20)
}
