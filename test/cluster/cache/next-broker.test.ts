import { createBroker } from '@clusterbus/broker'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { NewTruth } from '../../support/truth.ts'
import { cacheWorkers, lastSeenMs } from '../support/cache-workers.ts'
import { endWorkers } from '../support/workers.ts'

const leaseDuration = 900
/** For how long all go on to read when the invalidation has resolved, in milliseconds. */
const afterwardsMs = 100
const key = 'item:0'
const endKey = 'end:1'

afterEach(endWorkers)

const ways = (['socket', 'ipc'] as const).flatMap((transport) =>
  (['close', 'drain'] as const).map((end) => ({ transport, end })),
)

describe.each(ways)('over $transport', ({ transport, end }) => {
  test(`a worker that does not notice broker.${end}() is waited for by the next broker`, async () => {
    const first = createBroker({ transport, leaseDuration, drainTimeout: 100 })
    using truth = new NewTruth()
    const [blocked, stopped, writer] = await cacheWorkers({ truth: truth.path })
    truth.write(key, 1)
    for (const worker of [blocked, stopped]) await worker.call('hold', key)
    for (const worker of [blocked, stopped]) await worker.call('watchUntil', key, endKey, 'blocking')
    await pause(20)
    stopped.worker.process.kill('SIGSTOP')

    const ended = first[end]()
    await using second = createBroker({ transport, leaseDuration: 60 })
    truth.write(key, 2)
    const { resolvedMs } = await writer.call('invalidate', key)
    stopped.worker.process.kill('SIGCONT')
    await pause(afterwardsMs)
    truth.write(endKey, 1)

    for (const worker of [blocked, stopped]) {
      const seen = await worker.call('watched')
      if (seen === undefined) throw new Error('it has watched nothing')
      expect(seen.sightings).toMatchObject([{ version: 1 }])
      expect(lastSeenMs(seen, 1)).toBeLessThan(resolvedMs)
      expect(await worker.call('hold', key)).toBe(2)
      expect(await worker.call('connects')).toBe(2)
    }
    await ended
    expect(second.members()).toHaveLength(3)
  })
})

test('without a broker a worker has nothing, and an invalidation waits for the next', async () => {
  const first = createBroker({ leaseDuration: 60 })
  using truth = new NewTruth()
  const [reader, writer] = await cacheWorkers({ truth: truth.path })
  truth.write(key, 1)
  await reader.call('hold', key)
  await first.close()
  await expect.poll(() => reader.call('isConnected')).toBe(false)
  expect(await reader.call('stats')).toMatchObject({ entries: 0 })
  truth.write(key, 2)
  expect(await reader.call('fetch', key)).toBe(2)
  expect(await reader.call('get', key)).toBeNull()
  const invalidating = writer.call('invalidate', key)

  await using second = createBroker({ leaseDuration: 60 })
  expect(await invalidating).toMatchObject({ fenced: 0 })
  expect(await reader.call('hold', key)).toBe(2)
  expect(second.members()).toHaveLength(3)
})
