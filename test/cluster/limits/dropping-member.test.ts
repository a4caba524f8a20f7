import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { afterEach, describe, expect, test } from 'vitest'
import { joinWorker } from '../support/members.ts'
import { endWorkers } from '../support/workers.ts'

const queuedBytes = 4 * 1024 * 1024
const messages = 6_000
const payload = 'x'.repeat(4_000)
/** What the link had taken, and one chunk as the system hands it over. */
const slackBytes = 1024 * 1024
/** The two others are held back at a quarter of the limit, and all are counted together. */
const othersBytes = 2 * (queuedBytes / 4 + slackBytes)

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
    let most = 0
    const watch = setInterval(() => (most = Math.max(most, broker.stats().queuedBytes)), 1)

    stopped.worker.process.kill('SIGSTOP')
    await publisher.call('publishMany', 'flood', payload, messages)
    await publisher.call('publish', 'flood', 'newest')
    await publisher.call('flush')
    clearInterval(watch)
    expect(await healthy.call('receivedCount', 'flood', messages + 1)).toBe(messages + 1)
    expect(most).toBeLessThan(queuedBytes + slackBytes + othersBytes)
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
