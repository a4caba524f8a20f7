import { createCache } from '@clusterbus/cache'
import { createBus } from '@clusterbus/client'
import { expect, test } from 'vitest'

test.each(['worker', 'cluster'] as const)('a cache works in a process that runs alone: %s', async (singleFlight) => {
  const bus = createBus({ broker: 'local' })
  const cache = createCache<string, { loads: number }>(bus, { name: 'users', ttl: 60_000, singleFlight })
  await cache.ready()
  await expect.poll(async () => [await cache.fetch('a', () => ({ loads: 1 })), cache.has('a')][1]).toBe(true)
  expect(cache.get('a')).toEqual({ loads: 1 })
  expect(await cache.invalidate('a')).toEqual({ members: 0, fenced: 0 })
  expect(cache.get('a')).toBeUndefined()
  expect(await cache.fetch('a', () => ({ loads: 2 }))).toEqual({ loads: 2 })
  expect(cache.get('a')).toEqual({ loads: 2 })
  cache.close()
  await bus.close()
})
