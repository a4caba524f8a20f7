/** A cache in three workers. One of them loads for all, and what one of them changes, none serves any more. */

import { createBroker } from '@clusterbus/broker'
import { type CacheStats, createCache } from '@clusterbus/cache'
import { createBus, type Invalidation } from '@clusterbus/client'
import assert from 'node:assert/strict'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

interface User {
  name: string
  tenant: string
}

const workers = [1, 2, 3]

if (cluster.isPrimary) await askWorkers()
else await serve(cluster.worker?.id ?? 0)

async function serve(me: number): Promise<void> {
  const bus = createBus()
  const users = createCache<string, User>(bus, {
    name: 'users',
    max: 1_000,
    ttl: 60_000,
    singleFlight: 'cluster',
    share: 'value',
  })

  bus.respond(`${me}.read`, ({ id }) => {
    const user = users.fetch(id, () => bus.request('database.load', { id }), { tags: (it) => [`tenant:${it.tenant}`] })
    bus.publish('asked', { id })
    return user
  })
  bus.respond(`${me}.rename`, async ({ id, name }) => {
    await bus.request('database.rename', { id, name })
    return users.invalidate(id)
  })
  bus.respond(`${me}.drop-tenant`, ({ tenant }) => users.invalidateTags([`tenant:${tenant}`]))
  bus.respond(`${me}.stats`, () => users.stats())

  await users.ready()
  process.send?.('ready')
  await once(process, 'disconnect')
  await bus.close()
}

async function askWorkers(): Promise<void> {
  await using _broker = createBroker()
  await using bus = createBus()
  const database = new Map<string, User>([['7', { name: 'Ada Byron', tenant: 'acme' }]])
  let [asked, reads, loads] = [0, 0, 0]
  bus.subscribe('asked', () => (asked += 1))
  bus.respond('database.load', async ({ id }) => {
    loads += 1
    // As slow as it takes until all have asked.
    while (asked < reads) await sleep(1)
    return database.get(id)
  })
  bus.respond('database.rename', ({ id, name }) => void database.set(id, { name, tenant: 'acme' }))
  await Promise.all(workers.map(() => once(cluster.fork(), 'message')))

  assert.deepEqual(await readAll(), { names: 'Ada Byron', loads: 1 })
  console.log('three workers fetch at once:     Ada Byron, loaded once')
  assert.deepEqual(await readAll(), { names: 'Ada Byron', loads: 0 })
  console.log('they fetch again:                Ada Byron, from memory')

  const { members }: Invalidation = await bus.request('1.rename', { id: '7', name: 'Ada Lovelace' })
  assert.deepEqual(await readAll(), { names: 'Ada Lovelace', loads: 1 })
  console.log(`worker 1 has invalidated it:     Ada Lovelace, loaded once; ${members} others had to evict`)

  await bus.request('2.drop-tenant', { tenant: 'acme' })
  assert.deepEqual(await readAll(), { names: 'Ada Lovelace', loads: 1 })
  console.log('worker 2 has invalidated a tag:  Ada Lovelace, loaded once')

  const stats: CacheStats[] = await Promise.all(workers.map((worker) => bus.request(`${worker}.stats`)))
  const total = (name: keyof CacheStats): number => stats.reduce((sum, each) => sum + each[name], 0)
  const shown = ['hits', 'misses', 'loads', 'shared', 'invalidationsSent', 'invalidationsReceived'] as const
  console.log(`stats of all: ${shown.map((name) => `${name} ${total(name)}`).join(', ')}`)
  cluster.disconnect()

  async function readAll(): Promise<{ names: string; loads: number }> {
    const before = loads
    reads += workers.length
    const found: User[] = await Promise.all(workers.map((worker) => bus.request(`${worker}.read`, { id: '7' })))
    return { names: [...new Set(found.map(({ name }) => name))].join(), loads: loads - before }
  }
}
