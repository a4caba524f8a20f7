import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import type { PeerConnection } from '../peers/peer.ts'
import { sampleMaker } from '../workload.ts'
import { nowNs } from './usage.ts'

/** The topic on which a publisher says that it is through: a sample whose number is that of the round. */
export const endTopic = 'bench.end'

export interface PublishPlan {
  readonly round: number
  readonly publisher: number
  /** Published to in turn, from the first on in each round. */
  readonly topics: readonly string[]
  /** JSON bytes of one message, about. */
  readonly bytes: number
  readonly ms: number
  /** Messages a second. Without it: as many as the peer takes. */
  readonly perSecond?: number
}

export interface Published {
  readonly messages: number
  readonly startedAtNs: number
  /** How long after it was due a message was published at worst, where there was a rate. */
  readonly latestNs?: number
}

/** Publishes for a while, and says on {@link endTopic} when it is through. */
export async function publish(connection: PeerConnection, plan: PublishPlan): Promise<Published> {
  const startedAtNs = nowNs()
  const { perSecond } = plan
  const published = await (perSecond === undefined
    ? publishAll(connection, plan, startedAtNs)
    : publishPaced(connection, plan, startedAtNs, perSecond))
  connection.publish(endTopic, sampleMaker(0, plan.publisher)(plan.round, nowNs()))
  return { ...published, startedAtNs }
}

/** A burst in each turn of the event loop, as under heavy load many requests are handled in one. */
async function publishAll(
  connection: PeerConnection,
  plan: PublishPlan,
  startedAtNs: number,
): Promise<Pick<Published, 'messages'>> {
  const { topics, bytes, ms, publisher } = plan
  const sample = sampleMaker(bytes, publisher)
  const endAtNs = startedAtNs + ms * 1e6
  const burstMessages = Math.min(burstMessagesMax, Math.max(1, Math.floor(burstBytes / bytes)))
  let n = 0
  for (let now = startedAtNs; now < endAtNs; now = nowNs()) {
    for (let inBurst = 0; inBurst < burstMessages; inBurst += 1, n += 1) {
      if (!connection.publish(topics[n % topics.length] ?? '', sample(n, now))) await connection.flush()
    }
    await turn()
  }
  return { messages: n }
}

const burstMessagesMax = 128
const burstBytes = 256 * 1024

/** Each millisecond what is due by then. Each message says when it was published, not when it was due. */
async function publishPaced(
  connection: PeerConnection,
  plan: PublishPlan,
  startedAtNs: number,
  perSecond: number,
): Promise<Omit<Published, 'startedAtNs'>> {
  const { topics, bytes, ms, publisher } = plan
  const sample = sampleMaker(bytes, publisher)
  const endAtNs = startedAtNs + ms * 1e6
  let n = 0
  let latestNs = 0
  for (let now = startedAtNs; now < endAtNs; now = nowNs()) {
    latestNs = Math.max(latestNs, now - (startedAtNs + (n / perSecond) * 1e9))
    const due = Math.floor(((now - startedAtNs) / 1e9) * perSecond)
    for (; n < due; n += 1) {
      if (!connection.publish(topics[n % topics.length] ?? '', sample(n, nowNs()))) await connection.flush()
    }
    await pause(1)
  }
  return { messages: n, latestNs }
}
