import { createBroker } from '@clusterbus/broker'
import { afterEach, describe, expect, test } from 'vitest'
import { NewTruth } from '../../support/truth.ts'
import { cacheWorker, cacheWorkers, isLoading } from '../support/cache-workers.ts'
import { numbersTo } from '../support/members.ts'
import { endWorkers } from '../support/workers.ts'

afterEach(endWorkers)

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  test('when an invalidation has resolved every worker reads the new version', async () => {
    await using broker = createBroker({ transport })
    using truth = new NewTruth()
    const workers = await cacheWorkers({ truth: truth.path })
    const key = 'item:0'

    for (const version of numbersTo(60)) {
      truth.write(key, version)
      expect(await workers[version % 3 === 0 ? 0 : 1].call('invalidate', key)).toMatchObject({ members: 2 })
      expect(await Promise.all(workers.map((worker) => worker.call('get', key)))).toEqual([null, null, null])
      expect(await Promise.all(workers.map((worker) => worker.call('hold', key)))).toEqual([version, version, version])
    }
    expect(broker.stats()).toMatchObject({ members: 3, caches: 1, pendingRequests: 0 })
  })

  test('a load that an invalidation overtakes answers who came before, and nobody else', async () => {
    await using broker = createBroker({ transport })
    using truth = new NewTruth()
    const [loader, writer] = await cacheWorkers({ truth: truth.path })
    const key = 'item:0'
    truth.write(key, 1)
    const early = loader.call('fetch', key, 300)
    await loader.report('its load', (report) => isLoading(report, key))

    truth.write(key, 2)
    await writer.call('invalidate', key)
    expect(await loader.call('fetch', key)).toBe(2)
    expect(await early).toBe(1)
    expect(await loader.call('get', key)).toBe(2)
    expect(await loader.call('stats')).toMatchObject({ loadsVoided: 1, joined: 0, loads: 2 })
    expect(broker.stats().violated).toBe(0)
  })

  test('what one worker sets the others load, and 10,000 keys go in one call', async () => {
    await using broker = createBroker({ transport })
    using truth = new NewTruth()
    const workers = await cacheWorkers({ truth: truth.path, cache: { max: 20_000 } })
    const keys = numbersTo(10_000).map((number) => `item:${number}`)
    const kept = 'item:10000'
    for (const key of keys) truth.write(key, 1)
    await Promise.all(workers.map((worker) => worker.call('holdAll', [...keys, kept])))
    for (const key of keys) truth.write(key, 2)

    expect(await workers[0].call('invalidate', keys)).toMatchObject({ members: 2 })
    expect(await Promise.all(workers.map((worker) => worker.call('count', keys)))).toEqual([0, 0, 0])
    // Whoever was busy for long asks for a lease again before it serves what it has.
    await expect.poll(() => Promise.all(workers.map((worker) => worker.call('count', [kept])))).toEqual([1, 1, 1])
    for (const worker of workers) expect(await worker.call('hold', 'item:9999')).toBe(2)

    truth.write(kept, 3)
    await workers[0].call('set', kept, 3)
    await expect.poll(() => workers[0].call('get', kept)).toBe(3)
    for (const worker of workers.slice(1)) {
      expect(await worker.call('get', kept)).toBeNull()
      expect(await worker.call('fetch', kept)).toBe(3)
    }
    expect(broker.stats()).toMatchObject({ members: 3, violated: 0, overflowed: 0 })
  })

  test('a worker whose options differ is told which, keeps nothing, and what it invalidates is invalidated', async () => {
    await using broker = createBroker({ transport })
    using truth = new NewTruth()
    const holder = await cacheWorker({ truth: truth.path, cache: { max: 100, ttl: 60_000 } })
    await expect(cacheWorker({ truth: truth.path, cache: { max: 200, ttl: 60_000 } })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringMatching(/max is 200 here and 100 in member \d+$/),
    })
    expect(broker.members()).toHaveLength(2)
    expect(await holder.call('hold', 'item:0')).toBe(0)
  })
})

test('a worker that leaves in order delays nobody, however long leases are', async () => {
  await using broker = createBroker({ leaseDuration: 3_600_000 })
  using truth = new NewTruth()
  const [leaver, drained, writer] = await cacheWorkers({ truth: truth.path })
  for (const worker of [leaver, drained, writer]) await worker.call('hold', 'item:0')
  await drained.call('drain')
  expect(await writer.call('invalidate', 'item:0')).toMatchObject({ members: 1, fenced: 0 })
  await leaver.last('disconnect')
  expect(await writer.call('invalidate', 'item:0')).toMatchObject({ members: 0, fenced: 0 })
  expect(broker.members()).toHaveLength(1)
  // Before their broker: for those that it leaves behind, the next one in this process waits.
  await endWorkers()
})
