import { createBroker } from '@clusterbus/broker'
import { afterEach, describe, expect, test } from 'vitest'
import { NewTruth } from '../../support/truth.ts'
import { cacheWorkers, isLoading } from '../support/cache-workers.ts'
import { endWorkers } from '../support/workers.ts'

const key = 'item:0'
const cache = { singleFlight: 'cluster' } as const

afterEach(endWorkers)

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  test('one worker loads for all, who take its value', async () => {
    await using broker = createBroker({ transport })
    using truth = new NewTruth()
    const workers = await cacheWorkers({ truth: truth.path, cache: { ...cache, share: 'value' } })
    // Each has a lease by then: without one it would load for itself.
    await Promise.all(workers.map((worker) => worker.call('hold', 'item:1')))
    const before = await Promise.all(workers.map((worker) => worker.call('stats')))
    truth.write(key, 1)
    const [loader, ...others] = workers
    const first = loader.call('fetch', key, 500)
    await loader.report('its load', (report) => isLoading(report, key))
    const later = others.map((worker) => worker.call('fetch', key))

    expect(await Promise.all([first, ...later])).toEqual([1, 1, 1])
    const after = await Promise.all(workers.map((worker) => worker.call('stats')))
    const sum = (of: typeof after, what: 'loads' | 'shared'): number => of.reduce((all, stats) => all + stats[what], 0)
    expect(sum(after, 'loads') - sum(before, 'loads')).toBe(1)
    expect(sum(after, 'shared') - sum(before, 'shared')).toBe(2)
    await expect.poll(() => broker.stats().pendingRequests).toBe(0)
  })

  test('when the worker that loads is killed, the next who waits loads', async () => {
    await using broker = createBroker({ transport })
    using truth = new NewTruth()
    const [loader, next] = await cacheWorkers({ truth: truth.path, cache })
    truth.write(key, 1)
    await Promise.all([loader, next].map((worker) => worker.call('hold', 'item:1')))
    // Longer than the test: that it comes to an end is not what the others wait for.
    const unfinished = expect(loader.call('fetch', key, 60_000)).rejects.toThrow('SIGKILL')
    await loader.report('its load', (report) => isLoading(report, key))
    const waiting = next.call('fetch', key)
    await expect.poll(() => broker.stats().pendingRequests).toBe(2)

    await loader.kill()
    expect(await waiting).toBe(1)
    await unfinished
    await expect.poll(() => broker.stats().pendingRequests).toBe(0)
  })

  test('when the worker that loads is stopped, the next loads, and what the stopped one had loaded is not kept', async () => {
    await using broker = createBroker({ transport, heartbeatInterval: 100, leaseDuration: 600 })
    using truth = new NewTruth()
    const [loader, next, writer] = await cacheWorkers({ truth: truth.path, cache })
    truth.write(key, 1)
    await Promise.all([loader, next].map((worker) => worker.call('hold', 'item:1')))
    const early = loader.call('fetch', key, 300)
    await loader.report('its load', (report) => isLoading(report, key))
    const waiting = next.call('fetch', key)
    await expect.poll(() => broker.stats().pendingRequests).toBe(2)
    loader.worker.process.kill('SIGSTOP')

    expect(await waiting).toBe(1)
    truth.write(key, 2)
    await writer.call('invalidate', key)
    expect(await next.call('fetch', key)).toBe(2)
    loader.worker.process.kill('SIGCONT')
    expect(await early).toBe(1)
    expect(await loader.call('hold', key)).toBe(2)
    expect(await next.call('hold', key)).toBe(2)
    expect(broker.stats()).toMatchObject({ members: 3, violated: 0 })
  })
})
