import { FrameKind } from '@clusterbus/protocol'
import { setTimeout as pause } from 'node:timers/promises'
import type { AsksForTickets } from '../../cluster/fixtures/asks-for-tickets.ts'
import { numberFrame, subscribe } from '../../cluster/support/raw-frames.ts'
import { joinRaw, memberId } from '../../cluster/support/raw-member.ts'
import { forkWorker, type TestWorker } from '../../cluster/support/workers.ts'
import type { Scenario } from '../engine/scenario.ts'

const queuedBytes = 4 * 1024 * 1024
/** One chunk as the system hands it over may come in when the queue is just not full. */
const slackBytes = 512 * 1024

/** Members that subscribe to everything and read nothing: one that is silent, one that says that it is alive. */
export const fullSockets: Scenario = {
  about: 'subscribers that read nothing, silent ones and ones that say that they are alive; slow subscriptions',
  broker: { limits: { queuedBytes }, stallTimeout: 300 },
  members: 3,
  load: { perSecond: 600, bytes: 4_000, slow: true },
  codes: [],
  reports: ['QUEUE_FULL', 'TIMEOUT'],
  async run({ broker, isOver, violated }) {
    const usher = forkWorker<AsksForTickets>('asks-for-tickets')
    let mostBytes = 0
    const watch = setInterval(() => (mostBytes = Math.max(mostBytes, broker.stats().queuedBytes)), 5)
    let shutOut = 0
    try {
      do {
        const deaf = await Promise.all([joinDeaf(usher, false), joinDeaf(usher, true)])
        const isThere = (): boolean => broker.members().some(({ id }) => deaf.some((one) => one.id === id))
        for (const until = performance.now() + 20_000; isThere() && performance.now() < until;) await pause(20)
        if (isThere()) violated('who reads nothing is still a member after 20 s')
        for (const one of deaf) one.leave()
        shutOut += deaf.length
      } while (!isOver())
    } finally {
      clearInterval(watch)
      await usher.kill()
    }
    const bound = 2 * queuedBytes + 3 * slackBytes
    if (mostBytes > bound) violated(`${mostBytes} bytes were queued, and two members may cost ${bound}`)
    return { 'shut out': shutOut, 'most queued': `${(mostBytes / 1024 / 1024).toFixed(1)} MiB` }
  },
  check: ({ missing = 0 }) => (missing === 0 ? [] : [`${missing} messages of members that read were lost`]),
}

interface Deaf {
  readonly id: number
  leave(): void
}

async function joinDeaf(usher: TestWorker<AsksForTickets>, speaks: boolean): Promise<Deaf> {
  const raw = await joinRaw(usher)
  const id = await memberId(raw)
  raw.socket.write(subscribe(1, 'load.>'))
  raw.socket.pause()
  const speaking = setInterval(() => {
    if (speaks) raw.socket.write(numberFrame(FrameKind.ALIVE, 0))
  }, 50)
  return {
    id,
    leave() {
      clearInterval(speaking)
      raw.socket.destroy()
    },
  }
}
