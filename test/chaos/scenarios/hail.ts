import { setTimeout as pause } from 'node:timers/promises'
import { atFullRate } from '../load/full-rate.ts'
import type { Scenario, Stage } from '../engine/scenario.ts'

const everyMs = 400

/** Everything at once: all publish as fast as they can, and members are killed, stopped and cut off. */
export const hail: Scenario = {
  about: 'members are killed, stopped and cut off, while all publish at full rate',
  members: 3,
  load: atFullRate,
  codes: ['RESPONDER_LOST', 'DISCONNECTED', 'NO_RESPONDERS'],
  reports: ['QUEUE_FULL'],
  async run(stage) {
    const { crew, figures, isOver, messages } = stage
    const done = { killed: 0, stopped: 0, cut: 0 }
    const faults = [kill, stop, cut] as const
    while (messages === undefined ? !isOver() : figures().published < messages) {
      await pause(everyMs)
      done[await crew.random.pick(faults)(stage)] += 1
    }
    await Promise.all(crew.ready.map(({ worker }) => worker.call('connected')))
    return done
  },
}

async function kill({ crew }: Stage): Promise<'killed'> {
  await crew.kill(crew.random.pick(crew.ready))
  await crew.add()
  return 'killed'
}

async function stop({ crew }: Stage): Promise<'stopped'> {
  const { worker } = crew.random.pick(crew.ready)
  worker.worker.process.kill('SIGSTOP')
  await pause(crew.random.below(1_000))
  worker.worker.process.kill('SIGCONT')
  return 'stopped'
}

async function cut({ broker, crew, links }: Stage): Promise<'cut'> {
  const { serial } = crew.random.pick(crew.ready)
  const member = broker.members().find(({ name }) => name === `member-${serial}`)
  if (member !== undefined) links.cut(member.id)
  return 'cut'
}
