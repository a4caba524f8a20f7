import type { PeerConnection } from '../peers/peer.ts'
import { ask, type Asked, type AskPlan } from './asker.ts'
import { type CacheApi, cacheApi } from './cache-api.ts'
import { endTopic, publish, type Published, type PublishPlan } from './publisher.ts'
import { type Expected, type Received, Tally } from './tally.ts'
import { ownCpuSeconds } from './usage.ts'

/** What a worker of an arena does when it is told. */
export interface WorkerApi extends CacheApi {
  /** Counts what comes on these topics. */
  subscribe(topics: readonly string[]): Promise<void>
  /** Subscribes to topics that nothing is published to. */
  hold(topics: readonly string[]): Promise<void>
  /** Answers requests with what they bring. */
  respond(topic: string): Promise<void>
  begin(expected: Expected): void
  publish(plan: PublishPlan): Promise<Published>
  received(): Promise<Received>
  ask(plan: AskPlan): Promise<Asked>
  cpuSeconds(): number | undefined
  pid(): number
}

export function workerApi(connection: PeerConnection): WorkerApi {
  const tally = new Tally()
  const subscribe = async (topics: readonly string[], handler: (data: unknown) => void): Promise<void> => {
    // Not one after the other: a hundred thousand round trips would take a while.
    await Promise.all(topics.map((topic) => connection.subscribe(topic, handler)))
  }
  return {
    ...cacheApi(connection),
    async subscribe(topics) {
      await subscribe(topics, tally.take)
      await subscribe([endTopic], tally.end)
    },
    hold: (topics) => subscribe(topics, () => undefined),
    async respond(topic) {
      await connection.respond?.(topic, (data) => data)
    },
    begin: (expected) => tally.begin(expected),
    publish: (plan) => publish(connection, plan),
    received: () => tally.report(),
    ask: (plan) => ask(connection, plan),
    cpuSeconds: ownCpuSeconds,
    pid: () => process.pid,
  }
}
