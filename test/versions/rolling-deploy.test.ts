import { type Broker, createBroker } from '@clusterbus/broker'
import { afterEach, describe, expect, test } from 'vitest'
import type { Speaks } from '../cluster/fixtures/support/speak.ts'
import { endWorkers, forkWorker, type TestWorker } from '../cluster/support/workers.ts'
import * as frozen from './frozen/version-1.mjs'

type Speaker = TestWorker<Speaks>

const brokers = { 'version 1': frozen.createBroker, 'the newest version': createBroker }
const fixtures = { 'version 1': 'speaks-version-1', 'the newest version': 'speaks-the-newest-version' } as const

let broker: Broker

afterEach(async () => {
  await endWorkers()
  await broker.close()
})

async function join(version: keyof typeof fixtures, ...args: readonly string[]): Promise<Speaker> {
  const worker = forkWorker<Speaks>(fixtures[version], { args })
  await worker.call('ready')
  return worker
}

/** All that two members may say to each other gets there, in both directions. */
async function expectUnderstanding(left: Speaker, right: Speaker): Promise<void> {
  for (const [index, [one, other]] of (
    [
      [left, right],
      [right, left],
    ] as const
  ).entries()) {
    const topic = `said.${index}`
    await other.call('subscribe', topic)
    // By name, by number, and in a run.
    await one.call('publish', topic, { turn: 0 })
    await one.call('publish', topic, { turn: 1 }, { turn: 2 }, { turn: 3 })
    const confirmed = { members: 1, delivered: 1, failed: 0, gone: 0 }
    expect(await one.call('confirm', topic, { turn: 4 }, 'routed')).toEqual(confirmed)
    expect(await one.call('confirm', topic, { turn: 5 }, 'handled')).toEqual(confirmed)
    const heard = await other.call('heard', topic, 6)
    expect(heard.map(({ data }) => data)).toEqual([0, 1, 2, 3, 4, 5].map((turn) => ({ turn })))
    await other.call('respond', `asked.${index}`, 'yes')
    expect(await one.call('request', `asked.${index}`, [index])).toBe(`yes [${index}]`)
    await expect(one.call('request', `asked.nobody.${index}`, 1)).rejects.toMatchObject({ code: 'NO_RESPONDERS' })
  }
  await Promise.all([left.call('hold', 'users'), right.call('hold', 'users')])
  expect(await left.call('invalidate', 'from left')).toMatchObject({ members: 1, fenced: 0 })
  expect(await right.call('invalidate', 'from right')).toMatchObject({ members: 1, fenced: 0 })
  expect(await right.call('evicted')).toEqual(['from left'])
  expect(await left.call('evicted')).toEqual(['from right'])
  for (const member of [left, right]) {
    expect(await member.call('errors')).toEqual([])
    expect(await member.call('connects')).toBe(1)
  }
}

/** What one loads, both hold, until the other says that it is void. */
async function expectOneCache(one: Speaker, other: Speaker): Promise<void> {
  await Promise.all([one.call('openCache'), other.call('openCache')])
  const fetching = one.call('fetch', 'tea')
  await expect.poll(() => broker.stats().pendingRequests, { timeout: 5_000 }).toBe(1)
  const joining = other.call('fetch', 'tea')
  await expect.poll(() => broker.stats().pendingRequests, { timeout: 5_000 }).toBe(2)
  await one.call('loaded', 'loaded once')
  expect(await Promise.all([fetching, joining])).toEqual(['loaded once', 'loaded once'])
  expect(await other.call('invalidateCached', 'tea')).toEqual({ members: 1, fenced: 0 })
  expect(await one.call('get', 'tea')).toBeNull()
}

describe.each(Object.entries(brokers))('under a primary of %s', (_, create) => {
  describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
    test('members of both versions understand each other, and one replaces the other', async () => {
      broker = create({ transport })
      const errors: string[] = []
      broker.on('error', ({ message }) => errors.push(message))
      const [older, newer] = await Promise.all([join('version 1'), join('the newest version')])
      await expectUnderstanding(older, newer)
      // The older is replaced, as it is in a rolling deploy, and the one that stays goes on.
      await older.last('leave')
      const replacing = await join('the newest version')
      await replacing.call('subscribe', 'after')
      await newer.call('publish', 'after', 1)
      expect(await replacing.call('heard', 'after', 1)).toMatchObject([{ data: 1 }])
      expect(broker.members()).toHaveLength(2)
      expect(errors).toEqual([])
    })
  })

  test.each([
    ['version 1', 'the newest version'],
    ['the newest version', 'version 1'],
  ] as const)('a cache and msgpack of %s are those of %s', async (first, second) => {
    broker = create()
    const [one, other] = await Promise.all([join(first, 'msgpack'), join(second, 'msgpack')])
    await expectOneCache(one, other)
    // More of one shape than it takes to describe it.
    const prices = Array.from({ length: 100 }, (_, cents) => ({ id: `tea-${cents}`, cents }))
    await other.call('subscribe', 'prices')
    await one.call('publish', 'prices', ...prices)
    expect((await other.call('heard', 'prices', 100)).map(({ data }) => data)).toEqual(prices)
    for (const member of [one, other]) expect(await member.call('errors')).toEqual([])
  })
})
