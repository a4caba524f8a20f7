import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { afterEach, expect, test } from 'vitest'
import { flood, floodBytesMax, watchQueues } from '../support/flood.ts'
import { endThreads, joinThread } from './support/test-thread.ts'

const { queuedBytes, messages, payload } = flood
/** One chunk as the system hands it over, or one batch over a channel, may come in when the queue is just not full. */
const slackBytes = 512 * 1024

afterEach(endThreads)

test.each(['socket', 'ipc'] as const)(
  'over %s, a blocked thread costs the broker its limit, and the others nothing',
  async (transport) => {
    await using broker = createBroker({ transport, limits: { queuedBytes } })
    const errors: { code: string; member?: number }[] = []
    broker.on('error', (error) => errors.push(error))
    await using bus = createBus()
    const heard: string[] = []
    bus.subscribe('flood', (text) => heard.push(text))
    const [blocked, healthy, publisher] = await Promise.all([
      joinThread('blocked'),
      joinThread('healthy'),
      joinThread('publisher'),
    ])
    for (const thread of [blocked, healthy]) await thread.call('subscribe', 'flood')
    const id = (await blocked.call('member'))?.id
    const mostQueued = watchQueues(broker)

    await blocked.call('block', 600_000)
    await publisher.call('publishMany', 'flood', payload, messages)
    const most = mostQueued()
    await expect.poll(() => errors).toMatchObject([{ code: 'QUEUE_FULL', member: id }])
    expect(most).toBeGreaterThan(queuedBytes / 8)
    expect(most).toBeLessThan(floodBytesMax(slackBytes))
    await publisher.call('flush')
    await bus.flush()
    expect(heard).toHaveLength(messages)
    expect(await healthy.call('receivedCount', 'flood', messages)).toBe(messages)

    await blocked.terminate()
    expect(await healthy.call('members')).toHaveLength(3)
    expect(broker.stats()).toMatchObject({ overflowed: 1, violated: 0, members: 3 })
  },
)

test('a thread that is blocked for longer than the silenceTimeout that was given is disconnected, and joins anew', async () => {
  // A broker that is late by two heartbeats itself begins to count anew.
  await using broker = createBroker({ heartbeatInterval: 400, silenceTimeout: 1_500 })
  const errors: { code: string; member?: number }[] = []
  broker.on('error', (error) => errors.push(error))
  const blocked = await joinThread('blocked')
  const id = (await blocked.call('member'))?.id
  await blocked.call('block', 4_000)
  await expect.poll(() => errors).toMatchObject([{ code: 'TIMEOUT', member: id }])
  await blocked.call('event', 'connect', 2)
  expect(broker.stats()).toMatchObject({ silenced: 1, members: 1 })
})
