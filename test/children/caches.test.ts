import { createBroker } from '@clusterbus/broker'
import { afterEach, expect, test } from 'vitest'
import type { KeepsACache } from '../cluster/fixtures/keeps-a-cache.ts'
import { endWorkers, startChild } from '../cluster/support/workers.ts'
import { NewTruth } from '../support/truth.ts'

afterEach(endWorkers)

test.each(['socket', 'ipc'] as const)(
  'an invalidation waits for a stopped child until it is killed, and for no lease, over %s',
  async (transport) => {
    await using broker = createBroker({ transport, leaseDuration: 3_600_000, silenceTimeout: 60_000 })
    using truth = new NewTruth()
    const children = [0, 1].map(() => startChild<KeepsACache>('keeps-a-cache'))
    for (const { child } of children) broker.attach(child)
    const [victim, writer] = children
    for (const each of children) {
      await each.call('open', { truth: truth.path })
      await each.call('hold', 'item:0')
    }
    victim?.child.kill('SIGSTOP')
    const waiting = writer?.call('invalidate', 'item:0')
    await expect.poll(() => broker.stats().pendingRequests).toBe(1)
    await victim?.kill()
    expect(await waiting).toMatchObject({ members: 1, fenced: 0 })
    // Before its broker ends, which the next one in this process would wait for.
    await endWorkers()
  },
)
