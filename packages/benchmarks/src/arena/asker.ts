import { createHistogram } from 'node:perf_hooks'
import type { PeerConnection } from '../peers/peer.ts'
import { isSample, sampleMaker } from '../workload.ts'
import { type Latency, latencyOf } from './tally.ts'
import { nowNs } from './usage.ts'

export interface AskPlan {
  readonly topic: string
  /** JSON bytes of a request and of its answer, about. */
  readonly bytes: number
  readonly ms: number
  /** Requests that are under way at a time. */
  readonly inFlight: number
}

export interface Asked {
  readonly perSecond: number
  /** Requests that failed, or that got another's answer. */
  readonly lost: number
  readonly roundTrip: Latency
}

/** Sends requests for a while, the next one of each asker when it has its answer. */
export async function ask(connection: PeerConnection, plan: AskPlan): Promise<Asked> {
  const request = connection.request?.bind(connection)
  if (request === undefined) throw new Error('this peer has no requests')
  const sample = sampleMaker(plan.bytes, 0)
  const histogram = createHistogram()
  const startedAtNs = nowNs()
  const endAtNs = startedAtNs + plan.ms * 1e6
  let sent = 0
  let lost = 0

  async function asker(): Promise<void> {
    for (let now = nowNs(); now < endAtNs;) {
      const n = sent++
      const answer = await request?.(plan.topic, sample(n, now)).catch(() => undefined)
      const answeredAtNs = nowNs()
      if (isSample(answer) && answer.n === n) histogram.record(Math.max(1, answeredAtNs - now))
      else lost += 1
      now = answeredAtNs
    }
  }

  await Promise.all(Array.from({ length: plan.inFlight }, asker))
  const seconds = (nowNs() - startedAtNs) / 1e9
  return { perSecond: (sent - lost) / seconds, lost, roundTrip: latencyOf(histogram) }
}
