import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { afterEach, describe, expect, test } from 'vitest'
import { flood, floodBytesMax, watchQueues } from '../support/flood.ts'
import { joinWorker } from '../support/members.ts'
import { endWorkers } from '../support/workers.ts'

const { queuedBytes, messages, payload } = flood
/** What the link had taken, and one chunk as the system hands it over. */
const slackBytes = 1024 * 1024

afterEach(endWorkers)

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  test('a stopped member that has the oldest dropped is bounded, slows nobody, and learns what it missed', async () => {
    await using broker = createBroker({ transport, stallTimeout: 300, limits: { queuedBytes } })
    const errors: Error[] = []
    broker.on('error', (error) => errors.push(error))
    await using bus = createBus()
    const notices: { id: number; dropped: number }[] = []
    bus.subscribe('$sys.member.slow', (notice) => notices.push(notice))
    const [stopped, healthy, publisher] = await Promise.all([
      joinWorker({ name: 'stopped', overflow: 'drop-oldest' }),
      joinWorker({ name: 'healthy' }),
      joinWorker({ name: 'publisher' }),
    ])
    for (const worker of [stopped, healthy]) await worker.call('subscribe', 'flood')
    const mostQueued = watchQueues(broker)

    stopped.worker.process.kill('SIGSTOP')
    await publisher.call('publishMany', 'flood', payload, messages)
    await publisher.call('publish', 'flood', 'newest')
    await publisher.call('flush')
    const most = mostQueued()
    expect(await healthy.call('receivedCount', 'flood', messages + 1)).toBe(messages + 1)
    expect(most).toBeLessThan(floodBytesMax(slackBytes))
    expect(broker.stats().dropped).toBeGreaterThan(0)
    stopped.worker.process.kill('SIGCONT')

    const { received, missed } = await stopped.call('account', 'flood', 'newest')
    expect(missed).toBe(broker.stats().dropped)
    expect(received + missed).toBe(messages + 1)
    const id = (await stopped.call('member'))?.id
    expect(broker.stats()).toMatchObject({ members: 4, overflowed: 0, lost: 0, queuedMessages: 0 })
    expect(broker.stats().drops).toEqual([
      { member: id, name: 'stopped', topic: 'flood', reason: 'oldest', messages: missed },
    ])
    expect(notices[0]).toMatchObject({ id, name: 'stopped' })
    expect(errors).toEqual([])
  })
})
