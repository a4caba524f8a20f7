import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { rejectsWith } from '../tools/failures.ts'
import { caughtUp, inboxOf } from '../tools/inbox.ts'

export const subscriptions: readonly BusCase[] = [
  {
    name: 'unsubscribe ends a subscription at once and for good',
    async run(t) {
      const bus = await t.connected()
      const inbox = await inboxOf(bus, 'a')
      const stays = await inboxOf(bus, 'a')
      bus.publish('a', 1)
      await inbox.holds(1)
      bus.publish('a', 2)
      inbox.subscription.unsubscribe()
      inbox.subscription.unsubscribe()
      await inbox.subscription.closed
      bus.publish('a', 3)
      await caughtUp(bus, bus)
      assert.deepEqual(inbox.data, [1])
      assert.deepEqual(stays.data, [1, 2, 3])
      assert.equal(bus.stats().subscriptions, 1)
    },
  },
  {
    name: 'a subscription says its pattern and its group',
    run(t) {
      const bus = t.bus()
      const handler = (): void => undefined
      const plain = bus.subscribe('a.*', handler)
      const shared = bus.subscribe('a.>', handler, { group: 'g' })
      const responder = bus.respond('b', handler, { group: 'h' })
      const described = [plain, shared, responder].map(({ pattern, group }) => [pattern, group])
      assert.deepEqual(described, [
        ['a.*', undefined],
        ['a.>', 'g'],
        ['b', 'h'],
      ])
    },
  },
  {
    name: 'max ends a subscription after that many messages, on any topic',
    async run(t) {
      const bus = await t.connected()
      const inbox = await inboxOf(bus, 'a.*', { max: 3 })
      const one = await inboxOf(bus, 'a.*', { max: 1 })
      for (const number of [1, 2, 3, 4, 5]) bus.publish(`a.${number}`, number)
      await Promise.all([inbox.subscription.closed, one.subscription.closed])
      await caughtUp(bus, bus)
      assert.deepEqual(inbox.data, [1, 2, 3])
      assert.deepEqual(one.data, [1])
      assert.equal(bus.stats().subscriptions, 0)
    },
  },
  {
    name: 'max ends a subscription while its async handler still works on the last message',
    async run(t) {
      const bus = t.bus()
      const done: number[] = []
      const handler = async (number: number): Promise<void> => {
        await new Promise(setImmediate)
        done.push(number)
      }
      const subscription = bus.subscribe('a', handler, { max: 2 })
      for (const number of [1, 2, 3]) bus.publish('a', number)
      await subscription.closed
      assert.deepEqual(done, [1, 2])
    },
  },
  {
    name: 'a signal ends a subscription',
    async run(t) {
      const bus = t.bus()
      const controller = new AbortController()
      const inbox = await inboxOf(bus, 'a', { signal: controller.signal })
      bus.publish('a', 1)
      await inbox.holds(1)
      controller.abort()
      await inbox.subscription.closed
      bus.publish('a', 2)
      await caughtUp(bus, bus)
      assert.deepEqual(inbox.data, [1])
    },
  },
  {
    name: 'a signal that was aborted before gives a subscription that has ended already',
    async run(t) {
      const bus = t.bus()
      const reason = new Error('changed my mind')
      const calls: unknown[] = []
      const options = { signal: AbortSignal.abort(reason) }
      const subscription = bus.subscribe('a', (data) => void calls.push(data), options)
      await subscription.closed
      const error = await rejectsWith('ABORTED', subscription.ready)
      assert.equal(error.cause, reason)
      bus.publish('a', 1)
      await caughtUp(bus, bus)
      assert.deepEqual(calls, [])
      assert.equal(bus.stats().subscriptions, 0)
    },
  },
  {
    name: 'aborting after the end changes nothing',
    async run(t) {
      const bus = t.bus()
      const controller = new AbortController()
      const { signal } = controller
      const inbox = await inboxOf(bus, 'a', { signal, max: 1 })
      const message = bus.once('a', { signal })
      bus.respond('b', () => 'answer')
      const answer = bus.request('b', 1, { signal })
      bus.publish('a', 1)
      await Promise.all([inbox.subscription.closed, message])
      assert.equal(await answer, 'answer')
      controller.abort()
      await bus.flush()
      assert.deepEqual(inbox.data, [1])
    },
  },
  {
    name: 'once resolves with the next message, for each who waits',
    async run(t) {
      const bus = t.bus()
      const waiting = [bus.once('a.*'), bus.once('a.*'), bus.once('a.b')]
      bus.publish('a.b', 1)
      bus.publish('a.b', 2)
      for (const message of await Promise.all(waiting)) assert.equal(message.data, 1)
      assert.equal(bus.stats().subscriptions, 0)
    },
  },
  {
    name: 'once gives up after its timeout',
    async run(t) {
      const bus = await t.connected()
      const error = await rejectsWith('TIMEOUT', bus.once('a', { timeout: 10 }))
      assert.equal(error.timeoutMs, 10)
      assert.equal(error.topic, 'a')
      assert.match(error.message, /once\("a"\)/)
      assert.equal(bus.stats().subscriptions, 0)
    },
  },
  {
    name: 'once ends with its signal, aborted before or while it waits',
    async run(t) {
      const bus = await t.connected()
      const reason = new Error('enough')
      const before = await rejectsWith('ABORTED', bus.once('a', { signal: AbortSignal.abort(reason) }))
      assert.equal(before.cause, reason)
      const controller = new AbortController()
      const waiting = bus.once('a', { signal: controller.signal, timeout: 10_000 })
      controller.abort(reason)
      const during = await rejectsWith('ABORTED', waiting)
      assert.equal(during.cause, reason)
      assert.equal(bus.stats().subscriptions, 0)
    },
  },
  {
    name: 'a subscription that is drained takes what is on its way and nothing after',
    async run(t) {
      const bus = await t.connected()
      const inbox = await inboxOf(bus, 'a')
      bus.publish('a', 1)
      bus.publish('a', 2)
      const drained = inbox.subscription.drain()
      bus.publish('a', 3)
      await drained
      await inbox.subscription.closed
      await caughtUp(bus, bus)
      assert.deepEqual(inbox.data, [1, 2])
    },
  },
  {
    name: 'draining a subscription waits for its async handler to be through, and may be asked twice',
    async run(t) {
      const bus = await t.connected()
      const done: number[] = []
      const subscription = bus.subscribe('a', async (number: number) => {
        await new Promise(setImmediate)
        done.push(number)
      })
      for (const number of [1, 2, 3]) bus.publish('a', number)
      await Promise.all([subscription.drain(), subscription.drain()])
      assert.deepEqual(done, [1, 2, 3])
      await subscription.drain()
    },
  },
  {
    name: 'await using ends a subscription with its block',
    async run(t) {
      const bus = await t.connected()
      const seen: unknown[] = []
      {
        await using subscription = bus.subscribe('a', (data) => void seen.push(data))
        await subscription.ready
        bus.publish('a', 1)
        await caughtUp(bus, bus)
      }
      bus.publish('a', 2)
      await caughtUp(bus, bus)
      assert.deepEqual(seen, [1])
      assert.equal(bus.stats().subscriptions, 0)
    },
  },
  {
    name: 'a subscription that ends before the broker has it leaves nothing behind',
    async run(t) {
      const bus = t.bus()
      const calls: unknown[] = []
      bus.subscribe('a', (data) => void calls.push(data)).unsubscribe()
      bus.publish('a', 1)
      await bus.flush()
      assert.deepEqual(calls, [])
      assert.equal(bus.stats().subscriptions, 0)
    },
  },
]
