import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { afterEach, describe, expect, test } from 'vitest'
import { flood, floodBytesMax, watchQueues } from '../support/flood.ts'
import { joinWorkers } from '../support/members.ts'
import { endWorkers } from '../support/workers.ts'

const { queuedBytes, messages, payload } = flood
/** One chunk as the system hands it over, or one batch over IPC, may come in when the queue is just not full. */
const slackBytes = 512 * 1024

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
    const mostQueued = watchQueues(broker)

    stopped.worker.process.kill('SIGSTOP')
    await publisher.call('publishMany', 'flood', payload, messages)
    const most = mostQueued()
    await expect.poll(() => errors.length).toBe(1)

    expect(errors).toMatchObject([
      { code: 'QUEUE_FULL', member: stoppedId, message: expect.stringContaining('stopped') },
    ])
    expect(most).toBeGreaterThan(queuedBytes / 8)
    expect(most).toBeLessThan(floodBytesMax(slackBytes))
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
