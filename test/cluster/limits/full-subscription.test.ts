import { createBroker } from '@clusterbus/broker'
import { type Bus, createBus } from '@clusterbus/client'
import { afterEach, expect, test } from 'vitest'
import { joinWorkers } from '../support/members.ts'
import { endWorkers } from '../support/workers.ts'

afterEach(endWorkers)

/** A bus of this process with a subscription to `a` that nobody reads, in which two messages may wait. */
async function stuckBus(): Promise<Bus> {
  const bus = createBus({ name: 'stuck' })
  await bus.subscribe('a', { queuedMessages: 2 }).ready
  return bus
}

test('who publishes to a full subscription waits, and nobody else', async () => {
  await using _ = createBroker({ stallTimeout: 60_000 })
  const stuck = await stuckBus()
  const [feeder, other] = await joinWorkers('feeder', 'other')
  await feeder.call('publishNumbers', 'a', 0, 3)
  await feeder.call('flush')
  await stuck.flush()

  let waited = true
  await feeder.call('publish', 'a', 3)
  const flushed = feeder.call('flush').then(() => (waited = false))
  await other.call('publishNumbers', 'b', 0, 1000)
  for (let round = 0; round < 100; round++) await other.call('flush')
  expect(await other.call('publish', 'b')).toBe(true)
  expect(await feeder.call('publish', 'b')).toBe(false)
  expect(waited).toBe(true)
  await stuck.close()
  await flushed
  expect(await feeder.call('publish', 'b')).toBe(true)
})

test('a subscription that stays full costs its bus the link, once, and the others a second', async () => {
  await using broker = createBroker()
  const errors: { code: string; message: string }[] = []
  broker.on('error', (error) => errors.push(error))
  const stuck = await stuckBus()
  const told: string[] = []
  stuck.on('disconnect', ({ code }) => told.push(`disconnect ${code}`))
  stuck.on('error', ({ code }) => told.push(`error ${code}`))
  const joined = new Promise((resolve) => stuck.on('connect', resolve))
  const heard: unknown[] = []
  stuck.subscribe('b', (data) => heard.push(data))
  await stuck.flush()
  const [feeder] = await joinWorkers('feeder')

  await feeder.call('publishNumbers', 'a', 0, 3)
  await feeder.call('flush')
  await stuck.flush()
  await feeder.call('publish', 'a', 3)
  await feeder.call('flush')
  await joined
  expect(told).toEqual(['disconnect QUEUE_FULL', 'error QUEUE_FULL'])
  expect(errors).toMatchObject([{ code: 'QUEUE_FULL', message: expect.stringContaining('stayed full for 1000 ms') }])

  // It still has no room, and asks nobody to wait for it any more.
  await stuck.flush()
  for (let round = 0; round < 5; round++) {
    await feeder.call('publish', 'a', round)
    await feeder.call('flush')
  }
  await feeder.call('publish', 'b', 'goes on')
  await expect.poll(() => heard).toEqual(['goes on'])
  expect(stuck.stats()).toMatchObject({ connects: 2, dropped: 5 })
  expect(broker.stats()).toMatchObject({ overflowed: 1, members: 2 })
  await stuck.close()
})
