import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { collectGarbage } from '@clusterbus/testkit'
import { afterEach, describe, expect, test } from 'vitest'
import type { CyclesTopics } from '../fixtures/cycles-topics.ts'
import { Cycle } from '../fixtures/support/cycle.ts'
import { endWorkers, forkWorker } from '../support/workers.ts'

afterEach(endWorkers)

async function collectedHeapBytes(): Promise<number> {
  await collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test('hundreds of thousands of topics that are used once leave nothing behind', { timeout: 60_000 }, async () => {
  await using broker = createBroker({ limits: { topicNames: 1_000 } })
  await using bus = createBus()
  let heard = 0
  const subscription = bus.subscribe('once.>', () => (heard += 1))
  const publish = async (from: number, to: number): Promise<void> => {
    for (let number = from; number < to; number++) if (!bus.publish(`once.n${number}`)) await bus.flush()
    await bus.flush()
  }
  await publish(0, 50_000)
  const before = await collectedHeapBytes()
  await publish(50_000, 150_000)
  expect(heard).toBe(150_000)
  subscription.unsubscribe()
  await publish(150_000, 400_000)
  expect((await collectedHeapBytes()) - before).toBeLessThan(4 * 1024 * 1024)
  expect(broker.stats()).toMatchObject({ topics: 0, published: 400_000, unheard: 250_000 })
})

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  test.each([1, 8])('with only %i numbers no message is lost, doubled or misnamed', async (topicNames) => {
    await using broker = createBroker({ transport, limits: { topicNames } })
    const workers = [1, 2].map(() => forkWorker<CyclesTopics>('cycles-topics'))
    await using bus = createBus()
    const cycle = new Cycle(bus)
    await Promise.all([cycle.subscribe(), ...workers.map((worker) => worker.call('subscribe'))])

    await Promise.all([cycle.publish(0), ...workers.map((worker, index) => worker.call('publish', index + 1))])
    expect(broker.stats().topics).toBeLessThanOrEqual(topicNames)
    const seen = await Promise.all([cycle.close(), ...workers.map((worker) => worker.call('close'))])

    for (const { faults, count } of seen) {
      expect(faults).toEqual([])
      expect(count).toBe(3 * Cycle.messages)
    }
    const shared = seen.flatMap(({ taken }) => taken)
    expect(shared).toHaveLength(3 * Cycle.messages)
    expect(new Set(shared).size).toBe(3 * Cycle.messages)
    expect(broker.stats()).toMatchObject({
      violated: 0,
      topics: expect.toSatisfy((count: number) => count <= topicNames),
    })
  })
})
