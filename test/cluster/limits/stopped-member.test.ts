import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { afterEach, describe, expect, test } from 'vitest'
import { joinWorkers } from '../support/members.ts'
import { endWorkers } from '../support/workers.ts'

const queuedBytes = 4 * 1024 * 1024
const messages = 6_000
const payload = 'x'.repeat(4_000)
/** One chunk as the system hands it over, or one batch over IPC, may come in when the queue is just not full. */
const slackBytes = 512 * 1024
/** The two others are held back at a quarter of the limit, and all are counted together. */
const othersBytes = 2 * (queuedBytes / 4 + slackBytes)

afterEach(endWorkers)

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  test('a member that stops costs the broker its limit, the others nothing, and comes back as a new one', async () => {
    await using broker = createBroker({ transport, limits: { queuedBytes } })
    const errors: { code: string; member?: number; message: string }[] = []
    broker.on('error', (error) => {
      errors.push(error)
      // Two seconds later its link would be cut, and the reason not be read.
      stopped.worker.process.kill('SIGCONT')
    })
    await using bus = createBus()
    const heard: string[] = []
    bus.subscribe('flood', (text) => heard.push(text))
    const [stopped, healthy, publisher] = await joinWorkers('stopped', 'healthy', 'publisher')
    for (const worker of [stopped, healthy]) await worker.call('subscribe', 'flood')
    const stoppedId = (await stopped.call('member'))?.id
    let most = 0
    const watch = setInterval(() => (most = Math.max(most, broker.stats().queuedBytes)), 1)

    stopped.worker.process.kill('SIGSTOP')
    await publisher.call('publishMany', 'flood', payload, messages)
    clearInterval(watch)
    await expect.poll(() => errors.length, { timeout: 5_000 }).toBe(1)

    expect(errors).toMatchObject([
      { code: 'QUEUE_FULL', member: stoppedId, message: expect.stringContaining('stopped') },
    ])
    expect(most).toBeGreaterThan(queuedBytes / 8)
    expect(most).toBeLessThan(queuedBytes + slackBytes + othersBytes)
    await publisher.call('flush')
    await bus.flush()
    expect(heard).toHaveLength(messages)
    expect(await healthy.call('receivedCount', 'flood', messages)).toBe(messages)

    expect(await stopped.call('event', 'disconnect')).toMatchObject(['disconnect', 'QUEUE_FULL', expect.any(String)])
    expect(await stopped.call('event', 'error')).toMatchObject(['error', 'QUEUE_FULL', expect.any(String)])
    await stopped.call('event', 'connect', 2)
    expect((await stopped.call('member'))?.id).toBeGreaterThan(stoppedId ?? Infinity)
    await stopped.call('flush')
    const before = await stopped.call('receivedCount', 'flood', 0)
    bus.publish('flood', 'once more')
    expect(await stopped.call('receivedCount', 'flood', before + 1)).toBe(before + 1)
    expect(broker.stats()).toMatchObject({ overflowed: 1, violated: 0, members: 4 })
    expect(broker.stats().dropped).toBeGreaterThan(0)
  })
})
