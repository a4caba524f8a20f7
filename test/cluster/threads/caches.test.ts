import { createBroker } from '@clusterbus/broker'
import { afterEach, describe, expect, test } from 'vitest'
import { NewTruth } from '../../support/truth.ts'
import type { KeepsACache } from '../fixtures/keeps-a-cache.ts'
import { endWorkers, forkWorker } from '../support/workers.ts'
import { endThreads, TestThread } from './support/test-thread.ts'

/** No test waits for as long: what resolves does not resolve because leases have run out. */
const leaseDuration = 3_600_000

afterEach(async () => {
  await endThreads()
  await endWorkers()
})

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  test('an invalidation does not wait for the lease of a thread that is terminated, of a thread of one, or of a worker’s', async () => {
    await using broker = createBroker({ transport, leaseDuration })
    using truth = new NewTruth()
    const writer = new TestThread<KeepsACache>('keeps-a-cache')
    const victim = new TestThread<KeepsACache>('keeps-a-cache')
    const nested = new TestThread<KeepsACache>('starts-a-thread', { argv: ['keeps-a-cache', 'open'] })
    const worker = forkWorker<KeepsACache>('starts-a-thread', { args: ['keeps-a-cache', 'open'] })
    for (const member of [writer, victim, nested, worker]) {
      await member.call('open', { truth: truth.path })
      await member.call('hold', 'item:0')
    }
    expect(await writer.call('invalidate', 'item:0')).toMatchObject({ members: 3, fenced: 0 })

    for (const member of [victim, nested, worker]) await member.call('hold', 'item:0')
    await victim.terminate()
    await writer.call('invalidate', 'item:0')
    nested.worker.postMessage({ terminate: true })
    worker.tell({ terminate: true })
    await writer.call('invalidate', 'item:0')
    await Promise.all([nested.exited, worker.exited])
    await expect.poll(() => broker.stats().members).toBe(1)
    expect(await writer.call('invalidate', 'item:0')).toMatchObject({ members: 0, fenced: 0 })
    expect(broker.stats()).toMatchObject({ members: 1, pendingRequests: 0 })
    // Members end before their broker does: for those that it leaves behind, the next one in this process waits.
    await endThreads()
  })
})
