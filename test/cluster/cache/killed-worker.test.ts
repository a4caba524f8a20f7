import { createBroker } from '@clusterbus/broker'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { Random } from '../../support/random.ts'
import { NewTruth } from '../../support/truth.ts'
import type { KeepsACache } from '../fixtures/keeps-a-cache.ts'
import { cacheWorker, cacheWorkers } from '../support/cache-workers.ts'
import { numbersTo } from '../support/members.ts'
import { endWorkers, forkWorker } from '../support/workers.ts'

/** No test waits for as long: what resolves does not resolve because leases have run out. */
const leaseDuration = 3_600_000

afterEach(endWorkers)

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  // Members end before their broker does: for those that it leaves behind, the next one in this process waits.
  test('invalidations that wait for a stopped worker resolve when it is killed', async () => {
    await using broker = createBroker({ transport, leaseDuration, silenceTimeout: 60_000 })
    using truth = new NewTruth()
    const [victim, writer, other] = await cacheWorkers({ truth: truth.path })
    for (const worker of [victim, writer, other]) await worker.call('hold', 'item:0')
    victim.worker.process.kill('SIGSTOP')

    const waiting = [writer.call('invalidate', 'item:0'), other.call('clear')]
    await expect.poll(() => broker.stats().pendingRequests).toBe(2)
    await victim.kill()
    expect(await Promise.all(waiting)).toMatchObject([
      { members: 2, fenced: 0 },
      { members: 2, fenced: 0 },
    ])
    expect(await writer.call('invalidate', 'item:0')).toMatchObject({ members: 1, fenced: 0 })
    expect(broker.stats()).toMatchObject({ members: 2, fenced: 0, pendingRequests: 0 })
    await endWorkers()
  })

  test('workers that are killed while all invalidate are waited for no longer than they live', async () => {
    await using broker = createBroker({ transport, leaseDuration })
    using truth = new NewTruth()
    const [victim, writer, other] = await cacheWorkers({ truth: truth.path })
    for (const worker of [victim, writer, other]) await worker.call('hold', 'item:0')
    // In flight when it dies, some of them before it and some behind.
    const before = Array.from({ length: 200 }, () => writer.call('invalidate', 'item:0'))
    const killed = victim.kill()
    const after = Array.from({ length: 200 }, () => other.call('invalidate', 'item:0'))
    for (const { fenced } of await Promise.all([...before, ...after])) expect(fenced).toBe(0)
    await killed
    expect(await writer.call('invalidate', 'item:0')).toMatchObject({ members: 1, fenced: 0 })
    expect(broker.stats()).toMatchObject({ members: 2, pendingRequests: 0 })
    await endWorkers()
  })

  test('workers that are killed as they join are waited for no longer than they live', async () => {
    await using broker = createBroker({ transport, leaseDuration })
    using truth = new NewTruth()
    const writer = await cacheWorker({ truth: truth.path })
    const random = new Random(1)
    const killed = numbersTo(12).map(async () => {
      const victim = forkWorker<KeepsACache>('keeps-a-cache')
      await victim.up
      // Its death and what it said last come in by two ways, in any order.
      const joined = victim.call('open', { truth: truth.path }).catch(() => undefined)
      await pause(random.below(20))
      await Promise.all([joined, victim.kill()])
      await writer.call('invalidate', 'item:0')
    })
    await Promise.all(killed)
    expect(await writer.call('invalidate', 'item:0')).toMatchObject({ members: 0, fenced: 0 })
    expect(broker.stats()).toMatchObject({ members: 1, pendingRequests: 0 })
    await endWorkers()
  })
})
