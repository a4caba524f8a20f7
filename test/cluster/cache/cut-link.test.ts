import { createBroker } from '@clusterbus/broker'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { Proxy } from '../../chaos/engine/proxy.ts'
import { NewTruth } from '../../support/truth.ts'
import type { AsksForTickets } from '../fixtures/asks-for-tickets.ts'
import { cacheWorker, lastSeenMs } from '../support/cache-workers.ts'
import { admission } from '../support/raw-member.ts'
import { endWorkers, forkWorker } from '../support/workers.ts'

const leaseDuration = 600
const key = 'item:0'
/** There is a version of it when a blocked worker may go on. */
const endKey = 'end:1'

afterEach(endWorkers)

/** What stands between a worker and its broker. */
async function listeningProxy(): Promise<Proxy> {
  const { path } = await admission(forkWorker<AsksForTickets>('asks-for-tickets'))
  const proxy = new Proxy(path)
  await proxy.listen()
  return proxy
}

test('a worker whose link is cut has nothing and loads each time, until it is back', async () => {
  await using broker = createBroker({ transport: 'socket', leaseDuration })
  using truth = new NewTruth()
  const proxy = await listeningProxy()
  const [far, near] = await Promise.all([
    cacheWorker({ truth: truth.path, path: proxy.path }),
    cacheWorker({ truth: truth.path }),
  ])
  truth.write(key, 1)
  await far.call('hold', key)
  proxy.cut('both')
  await expect.poll(() => far.call('isConnected')).toBe(false)
  expect(await far.call('stats')).toMatchObject({ entries: 0 })

  for (const version of [2, 3, 4]) {
    truth.write(key, version)
    await near.call('invalidate', key)
    expect(await far.call('fetch', key)).toBe(version)
    expect(await far.call('get', key)).toBeNull()
  }
  truth.write(key, 5)
  const waiting = far.call('invalidate', key)
  await near.call('hold', key)
  proxy.mend()
  await waiting
  expect(await near.call('get', key)).toBeNull()
  expect(await far.call('hold', key)).toBe(5)
  expect(broker.members()).toHaveLength(2)
  await proxy.close()
})

test('a worker that does not notice that its link is cut is waited for until its lease has run out', async () => {
  await using broker = createBroker({ transport: 'socket', leaseDuration })
  using truth = new NewTruth()
  const proxy = await listeningProxy()
  const [far, near] = await Promise.all([
    cacheWorker({ truth: truth.path, path: proxy.path }),
    cacheWorker({ truth: truth.path }),
  ])
  truth.write(key, 1)
  await far.call('hold', key)
  await far.call('watch', key, 3 * leaseDuration, 'turning')
  await pause(20)
  proxy.cut('broker')
  await expect.poll(() => broker.members()).toHaveLength(1)
  truth.write(key, 2)
  const { fenced, resolvedMs } = await near.call('invalidate', key)

  const seen = await far.call('watched')
  if (seen === undefined) throw new Error('it has watched nothing')
  expect(fenced).toBe(1)
  expect(seen.sightings).toMatchObject([{ version: 1 }])
  expect(lastSeenMs(seen, 1)).toBeLessThan(resolvedMs)
  expect(await far.call('get', key)).toBeNull()
  expect(await far.call('fetch', key)).toBe(2)
  proxy.mend()
  expect(await far.call('hold', key)).toBe(2)
  expect(broker.members()).toHaveLength(2)
  await proxy.close()
})

test('a worker that is disconnected because it does not read comes back with nothing stale', async () => {
  await using broker = createBroker({ leaseDuration, heartbeatInterval: 200, silenceTimeout: 400 })
  const errors: string[] = []
  broker.on('error', ({ code }) => errors.push(code))
  using truth = new NewTruth()
  const [silent, writer] = await Promise.all([cacheWorker({ truth: truth.path }), cacheWorker({ truth: truth.path })])
  truth.write(key, 1)
  await silent.call('hold', key)
  await silent.call('watchUntil', key, endKey, 'blocking')
  // A broker that is itself kept waiting for longer than two heartbeats begins to count anew, so this may take its time.
  await expect.poll(() => broker.members().map(({ pid }) => pid)).not.toContain(silent.pid)
  truth.write(key, 2)
  const { resolvedMs } = await writer.call('invalidate', key)
  truth.write(endKey, 1)
  const seen = await silent.call('watched')
  if (seen === undefined) throw new Error('it has watched nothing')
  expect(lastSeenMs(seen, 1)).toBeLessThan(resolvedMs)
  expect(await silent.call('hold', key)).toBe(2)
  expect(await silent.call('connects')).toBeGreaterThanOrEqual(2)
  expect(new Set(errors)).toEqual(new Set(['TIMEOUT']))
})
