import type { Message } from '@clusterbus/client'
import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { caughtUp } from '../tools/inbox.ts'

export const iterating: readonly BusCase[] = [
  {
    name: 'a subscription without a handler is iterated over, in order',
    async run(t) {
      const bus = t.bus()
      const stream = bus.subscribe('user.>', { max: 3 })
      for (const number of [1, 2, 3]) bus.publish(`user.${number}`, number)
      const seen: unknown[] = []
      for await (const { topic, data } of stream) seen.push([topic, data])
      assert.deepEqual(seen, [
        ['user.1', 1],
        ['user.2', 2],
        ['user.3', 3],
      ])
      await stream.closed
    },
  },
  {
    name: 'options may come in the place of the handler or behind undefined',
    async run(t) {
      const bus = t.bus()
      const first = bus.subscribe('a', { group: 'g', max: 1 })
      const second = bus.subscribe('a', undefined, { group: 'h', max: 1 })
      assert.deepEqual([first.group, second.group], ['g', 'h'])
      bus.publish('a', 7)
      for (const stream of [first, second]) for await (const { data } of stream) assert.equal(data, 7)
    },
  },
  {
    name: 'messages wait for the iterator until it asks',
    async run(t) {
      const bus = t.bus()
      const stream = bus.subscribe('a')
      for (const number of [1, 2, 3]) bus.publish('a', number)
      await caughtUp(bus, bus)
      const iterator = stream[Symbol.asyncIterator]()
      for (const number of [1, 2, 3]) assert.equal(dataOf(await iterator.next()), number)
    },
  },
  {
    name: 'several next() at once are served in the order in which they were called',
    async run(t) {
      const bus = t.bus()
      const iterator = bus.subscribe('a')[Symbol.asyncIterator]()
      const waiting = [iterator.next(), iterator.next(), iterator.next(), iterator.next()]
      for (const number of [1, 2, 3, 4]) bus.publish('a', number)
      const results = await Promise.all(waiting)
      assert.deepEqual(results.map(dataOf), [1, 2, 3, 4])
    },
  },
  {
    name: 'several iterators of one subscription share its messages',
    async run(t) {
      const bus = t.bus()
      const stream = bus.subscribe('a', { max: 10 })
      const read = async (): Promise<unknown[]> => {
        const seen: unknown[] = []
        for await (const { data } of stream) seen.push(data)
        return seen
      }
      const readers = [read(), read()]
      for (let number = 0; number < 10; number++) bus.publish('a', number)
      const seen = (await Promise.all(readers)).flat().map(Number)
      assert.deepEqual(
        seen.sort((a, b) => a - b),
        [...Array(10).keys()],
      )
    },
  },
  {
    name: 'break, return and throw leave the loop and end the subscription',
    async run(t) {
      const bus = await t.connected()
      const leave: ((stream: AsyncIterable<Message>) => Promise<void>)[] = [
        async (stream) => {
          for await (const { data } of stream) if (data === 2) break
        },
        async (stream) => {
          for await (const { data } of stream) if (data === 2) return
        },
        async (stream) => {
          for await (const { data } of stream) if (data === 2) throw new Error('left')
        },
      ]
      for (const loop of leave) {
        const stream = bus.subscribe('a')
        for (const number of [1, 2, 3, 4]) bus.publish('a', number)
        await loop(stream).catch((error: unknown) => assert.match(String(error), /left/))
        await stream.closed
        assert.equal(bus.stats().subscriptions, 0)
        assert.deepEqual(await stream[Symbol.asyncIterator]().next(), { done: true, value: undefined })
      }
    },
  },
  {
    name: 'return() ends it also for next() calls that wait',
    async run(t) {
      const bus = await t.connected()
      const iterator = bus.subscribe('a')[Symbol.asyncIterator]()
      const waiting = [iterator.next(), iterator.next()]
      const returned = await iterator.return?.()
      assert.equal(returned?.done, true)
      for (const result of await Promise.all(waiting)) assert.deepEqual(result, { done: true, value: undefined })
      assert.deepEqual(await iterator.next(), { done: true, value: undefined })
    },
  },
  {
    name: 'unsubscribe, a signal and the end of the bus end the loop',
    async run(t) {
      const bus = await t.connected()
      const controller = new AbortController()
      const unsubscribed = bus.subscribe('a')
      const aborted = bus.subscribe('a', { signal: controller.signal })
      const closed = bus.subscribe('a')
      const loops = [unsubscribed, aborted, closed].map(countMessages)
      unsubscribed.unsubscribe()
      controller.abort()
      await bus.close()
      assert.deepEqual(await Promise.all(loops), [0, 0, 0])
    },
  },
  {
    name: 'a drained iterator still gets what was on its way, and ends after it',
    async run(t) {
      const bus = await t.connected()
      const stream = bus.subscribe('a')
      for (const number of [1, 2, 3]) bus.publish('a', number)
      await stream.drain()
      bus.publish('a', 4)
      await bus.flush()
      assert.equal(await countMessages(stream), 3)
      await stream.closed
    },
  },
  {
    name: 'an iterator whose bus drains still gets what was on its way',
    async run(t) {
      const bus = await t.connected()
      const stream = bus.subscribe('a')
      for (const number of [1, 2, 3]) bus.publish('a', number)
      await bus.drain()
      assert.equal(await countMessages(stream), 3)
    },
  },
  {
    name: 'a loop that works long on each message misses none',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const stream = bus.subscribe('a', { max: 200 })
      await stream.ready
      for (let number = 0; number < 200; number++) publisher.publish('a', number)
      let expected = 0
      for await (const { data } of stream) {
        assert.equal(data, expected++)
        if (expected % 20 === 0) await bus.flush()
      }
      assert.equal(expected, 200)
    },
  },
  {
    name: 'an iterator may be told what ended it before anything came',
    async run(t) {
      const bus = t.bus()
      const stream = bus.subscribe('a', { signal: AbortSignal.abort() })
      assert.equal(await countMessages(stream), 0)
      await stream.closed
    },
  },
]

function dataOf(result: IteratorResult<Message, undefined>): unknown {
  assert.equal(result.done, false)
  return result.value?.data
}

async function countMessages(stream: AsyncIterable<Message>): Promise<number> {
  let count = 0
  for await (const message of stream) if (message.topic === 'a') count += 1
  return count
}
