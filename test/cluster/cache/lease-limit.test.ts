import { createBroker } from '@clusterbus/broker'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { NewTruth } from '../../support/truth.ts'
import { Random } from '../../support/random.ts'
import { cacheWorkers, lastSeenMs } from '../support/cache-workers.ts'
import { numbersTo } from '../support/members.ts'
import { endWorkers } from '../support/workers.ts'

const leaseDuration = 300
/** For how long all go on to read when an invalidation has resolved, in milliseconds. */
const afterwardsMs = 100
const key = 'item:0'
const endKey = 'end:1'

afterEach(endWorkers)

const ways = (['socket', 'ipc'] as const).flatMap((transport) =>
  (['blocking', 'turning'] as const).map((mode) => ({ transport, mode })),
)

describe.each(ways)('over $transport, $mode', ({ transport, mode }) => {
  test('a worker that is stopped with a hit misses when it is continued', async () => {
    await using broker = createBroker({ transport, leaseDuration })
    using truth = new NewTruth()
    const [stopped, writer] = await cacheWorkers({ truth: truth.path })
    truth.write(key, 1)
    await stopped.call('hold', key)
    await stopped.call('watchUntil', key, endKey, mode)
    await pause(20)
    stopped.worker.process.kill('SIGSTOP')

    truth.write(key, 2)
    const { members, fenced, resolvedMs } = await writer.call('invalidate', key)
    expect(members).toBe(2)
    expect(fenced).toBeGreaterThanOrEqual(1)
    stopped.worker.process.kill('SIGCONT')
    await pause(afterwardsMs)
    truth.write(endKey, 1)

    const seen = await stopped.call('watched')
    if (seen === undefined) throw new Error('it has watched nothing')
    expect(seen.misses).toBeGreaterThan(0)
    expect(lastSeenMs(seen, 1)).toBeLessThan(resolvedMs)
    expect(await stopped.call('hold', key)).toBe(2)
    expect(await stopped.call('connects')).toBe(1)
    expect(broker.stats()).toMatchObject({ members: 3, violated: 0 })
  })
})

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  test('a worker whose event loop is blocked serves until its lease has run out, and is waited for', async () => {
    await using broker = createBroker({ transport, leaseDuration })
    using truth = new NewTruth()
    const [blocked, writer] = await cacheWorkers({ truth: truth.path })
    truth.write(key, 1)
    await blocked.call('hold', key)
    await blocked.call('watchUntil', key, endKey, 'blocking')
    truth.write(key, 2)
    const { fenced, resolvedMs } = await writer.call('invalidate', key)
    await pause(afterwardsMs)
    truth.write(endKey, 1)

    const seen = await blocked.call('watched')
    if (seen === undefined) throw new Error('it has watched nothing')
    expect(fenced).toBeGreaterThanOrEqual(1)
    expect(seen.sightings).toMatchObject([{ version: 1 }])
    expect(lastSeenMs(seen, 1)).toBeLessThan(resolvedMs)
    expect(await blocked.call('hold', key)).toBe(2)
    expect(broker.stats()).toMatchObject({ members: 3, violated: 0 })
  })

  test('stopped and continued around the limit, again and again, no read is stale', async () => {
    const shortLease = 60
    await using broker = createBroker({ transport, leaseDuration: shortLease })
    using truth = new NewTruth()
    const [reader, writer] = await cacheWorkers({ truth: truth.path })
    const random = new Random(1)
    let [hits, fencings] = [0, 0]

    for (const round of numbersTo(15)) {
      truth.write(key, 2 * round)
      await reader.call('hold', key)
      await reader.call('watch', key, 2 * shortLease, 'blocking')
      await pause(random.below(shortLease))
      reader.worker.process.kill('SIGSTOP')
      truth.write(key, 2 * round + 1)
      const invalidating = writer.call('invalidate', key)
      // From before the lease ends to behind the margin.
      await pause(random.below(2 * shortLease))
      reader.worker.process.kill('SIGCONT')
      const { fenced, resolvedMs } = await invalidating
      const seen = await reader.call('watched')
      if (seen === undefined) throw new Error('it has watched nothing')
      expect(lastSeenMs(seen, 2 * round)).toBeLessThan(resolvedMs)
      expect(await reader.call('fetch', key)).toBe(2 * round + 1)
      hits += seen.sightings.reduce((sum, sighting) => sum + sighting.hits, 0)
      fencings += fenced
    }
    expect(hits).toBeGreaterThan(0)
    expect(fencings).toBeGreaterThan(0)
    expect(broker.stats().members).toBe(3)
  })
})
