import type { Bus, Message } from '@clusterbus/client'
import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { callWith, throwsWith } from '../tools/failures.ts'
import { newGate } from '../tools/gate.ts'
import { caughtUp, inboxOf } from '../tools/inbox.ts'
import { slowEventsOf, sumOf } from '../tools/slow-events.ts'

export const overflowing: readonly BusCase[] = [
  {
    name: "'block' slows whoever waits for flush, so that a slow handler gets every message",
    async run(t) {
      const [publisher, subscriber] = [await t.connected(), await t.connected()]
      const seen: number[] = []
      let waiting = 0
      let most = 0
      const work = async (number: number): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve))
        waiting -= 1
        seen.push(number)
      }
      const subscription = subscriber.subscribe('a', work, { queuedMessages: 100 })
      subscriber.subscribe('a', () => (most = Math.max(most, (waiting += 1))))
      await subscriber.flush()
      for (let number = 0; number < 1000; number++) {
        publisher.publish('a', number)
        if (number % 10 === 9) await publisher.flush()
      }
      await caughtUp(publisher, subscriber)
      await subscription.drain()
      assert.deepEqual(seen, [...Array(1000).keys()])
      assert.ok(most <= 201, `${most} messages waited`)
      assert.equal(subscriber.stats().connects, 1)
    },
  },
  {
    name: "'drop-oldest' keeps the newest, and tells what was missed",
    async run(t) {
      const bus = await t.connected()
      const events = slowEventsOf(bus)
      const stream = bus.subscribe('a', { overflow: 'drop-oldest', queuedMessages: 3 })
      for (let number = 0; number < 10; number++) bus.publish('a', number)
      await caughtUp(bus, bus)
      assert.deepEqual(await next(stream, 3), [
        [7, 7],
        [8, 0],
        [9, 0],
      ])
      assert.equal(sumOf(events), 7)
      assert.equal(bus.stats().dropped, 7)
    },
  },
  {
    name: "'drop-newest' keeps the oldest, and the next message tells what was missed",
    async run(t) {
      const bus = await t.connected()
      const stream = bus.subscribe('a', { overflow: 'drop-newest', queuedMessages: 3 })
      for (let number = 0; number < 10; number++) bus.publish('a', number)
      await caughtUp(bus, bus)
      assert.deepEqual(await next(stream, 3), [
        [0, 0],
        [1, 0],
        [2, 0],
      ])
      bus.publish('a', 10)
      assert.deepEqual(await next(stream, 1), [[10, 7]])
    },
  },
  {
    name: "'disconnect' gives up the link, and joins anew",
    async run(t) {
      const [slow, publisher] = [await t.connected(), await t.connected()]
      const reasons = disconnectsOf(slow)
      slow.on('error', () => undefined)
      const stream = slow.subscribe('a', { overflow: 'disconnect', queuedMessages: 3 })
      await stream.ready
      const connected = new Promise((resolve) => slow.on('connect', resolve))
      for (let number = 0; number < 4; number++) publisher.publish('a', number)
      await connected
      await slow.flush()
      publisher.publish('a', 'after')
      assert.deepEqual(await next(stream, 1), [['after', 4]])
      assert.deepEqual(reasons, ['QUEUE_FULL'])
    },
  },
  {
    name: 'a queue is bounded in bytes as well',
    async run(t) {
      const bus = await t.connected()
      const stream = bus.subscribe('a', { overflow: 'drop-oldest', queuedBytes: 10_000 })
      for (let number = 0; number < 10; number++) bus.publish('a', Buffer.alloc(3_000, number))
      await caughtUp(bus, bus)
      const iterator = stream[Symbol.asyncIterator]()
      const first = await iterator.next()
      assert.deepEqual([first.value?.data[0], first.value?.gap], [7, 7])
    },
  },
  {
    name: "conflate: 'topic' keeps the newest of each topic, at its place",
    async run(t) {
      const bus = await t.connected()
      const stream = bus.subscribe('price.*', { conflate: 'topic' })
      for (const [number, name] of ['x', 'y', 'x', 'z', 'x'].entries()) bus.publish(`price.${name}`, number)
      await caughtUp(bus, bus)
      assert.deepEqual(await next(stream, 3), [
        [1, 0],
        [3, 0],
        [4, 2],
      ])
      assert.equal(bus.stats().dropped, 2)
    },
  },
  {
    name: 'what one subscription has missed is no concern of the others',
    async run(t) {
      const bus = await t.connected()
      const gate = newGate()
      const slowly: number[] = []
      const work = async (_: unknown, { gap }: Message): Promise<void> => {
        slowly.push(gap)
        await gate.opened
      }
      const slow = bus.subscribe('a', work, { overflow: 'drop-oldest', queuedMessages: 1 })
      const healthy = await inboxOf(bus, 'a')
      for (let number = 0; number < 5; number++) bus.publish('a', number)
      await caughtUp(bus, bus)
      gate.open()
      await slow.drain()
      assert.deepEqual(slowly, [0, 3])
      assert.deepEqual(
        healthy.messages.map(({ gap }) => gap),
        [0, 0, 0, 0, 0],
      )
    },
  },
  {
    name: 'queue options that are none are refused',
    run(t) {
      const bus = t.bus()
      for (const options of [
        { overflow: 'drop' },
        { overflow: null },
        { overflow: '__proto__' },
        { conflate: true },
        { conflate: 'key' },
        { queuedMessages: 0 },
        { queuedMessages: 1.5 },
        { queuedMessages: '10' },
        { queuedBytes: -1 },
        { queuedBytes: Number.NaN },
        { queuedBytes: 2 ** 32 },
      ]) {
        const [option = ''] = Object.keys(options)
        const error = throwsWith('BAD_OPTION', () => callWith(bus, 'subscribe', 'a', options))
        assert.equal(error.option, option)
        assert.match(error.message, new RegExp(`subscribe\\("a"\\): ${option} must be`))
      }
      assert.equal(bus.stats().subscriptions, 0)
    },
  },
]

/** Data and gap of the next messages. */
async function next(stream: AsyncIterable<Message, undefined>, count: number): Promise<[unknown, number][]> {
  const iterator = stream[Symbol.asyncIterator]()
  const all: [unknown, number][] = []
  while (all.length < count) {
    const { value } = await iterator.next()
    if (value !== undefined) all.push([value.data, value.gap])
  }
  return all
}

function disconnectsOf(bus: Bus): string[] {
  const codes: string[] = []
  bus.on('disconnect', ({ code }) => codes.push(code))
  return codes
}
