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

test.each(['socket', 'ipc'] as const)(
  'nor does it when the child, or a thread of it, ends after it was let go of, over %s',
  async (transport) => {
    await using broker = createBroker({ transport, leaseDuration: 3_600_000, silenceTimeout: 60_000 })
    using truth = new NewTruth()
    const [victim, writer] = [0, 1].map(() => startChild<KeepsACache>('keeps-a-cache'))
    const parent = startChild<KeepsACache>('starts-a-thread', { args: ['keeps-a-cache', 'stays'] })
    const members = [victim, writer, parent].filter((each) => each !== undefined)
    const refusals = members.map(({ child }) => broker.attach(child))
    for (const each of members) {
      await each.call('open', { truth: truth.path })
      await each.call('hold', 'item:0')
    }
    for (const refuse of refusals) refuse()

    victim?.child.kill('SIGSTOP')
    const waiting = writer?.call('invalidate', 'item:0')
    await expect.poll(() => broker.stats().pendingRequests).toBe(1)
    await victim?.kill()
    expect(await waiting).toMatchObject({ members: 2, fenced: 0 })

    await parent.call('hold', 'item:0')
    parent.tell({ terminate: true })
    await parent.report('the end of the thread', (report) => Object(report).exited !== undefined)
    expect(await writer?.call('invalidate', 'item:0')).toMatchObject({ fenced: 0 })
    expect(parent.child.exitCode).toBe(null)
    await endWorkers()
  },
)
