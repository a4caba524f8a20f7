import { createBroker } from '@clusterbus/broker'
import { afterEach, describe, expect, test } from 'vitest'
import { NewTruth } from '../../support/truth.ts'
import { cacheWorkers } from '../support/cache-workers.ts'
import { endWorkers } from '../support/workers.ts'

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
    await expect.poll(() => broker.stats().pendingRequests, { timeout: 5_000 }).toBe(2)
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

  test('a worker that is killed as it joins is waited for no longer than it lives', async () => {
    await using broker = createBroker({ transport, leaseDuration })
    using truth = new NewTruth()
    const [first, writer, last] = await cacheWorkers({ truth: truth.path })
    for (const victim of [first, last]) {
      // Its death and what it said last come in by two ways, in any order.
      const cleared = victim.call('clear').catch(() => undefined)
      const closed = victim.kill()
      await Promise.all([cleared, closed])
      await writer.call('invalidate', 'item:0')
    }
    expect(await writer.call('invalidate', 'item:0')).toMatchObject({ members: 0, fenced: 0 })
    expect(broker.stats()).toMatchObject({ members: 1, pendingRequests: 0 })
    await endWorkers()
  })
})
