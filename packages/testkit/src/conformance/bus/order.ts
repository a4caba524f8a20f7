import type { Bus } from '@clusterbus/client'
import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { caughtUp, type Inbox, inboxOf } from '../tools/inbox.ts'

export const order: readonly BusCase[] = [
  {
    name: 'a subscriber sees one publisher’s messages in order, across topics, sizes and codecs',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const numbers: number[] = []
      const record = (_: unknown, message: { headers: Readonly<Record<string, string>> }): void => {
        numbers.push(Number(message.headers.number))
      }
      bus.subscribe('exact', record)
      bus.subscribe('wild.*', record)
      bus.subscribe('group.>', record, { group: 'g' })
      await bus.flush()
      const topics = ['exact', 'wild.a', 'group.a', 'wild.b', 'group.b.c']
      for (let number = 0; number < 2000; number++) {
        const data = number % 3 === 0 ? new Uint8Array(number) : { text: 'x'.repeat(number % 500) }
        const topic = number % 11 === 0 ? `wild.${number}` : String(topics[number % topics.length])
        const headers = { number: String(number) }
        if (!publisher.publish(topic, data, { headers })) await publisher.flush()
      }
      await caughtUp(publisher, bus)
      assert.deepEqual(numbers, [...Array(2000).keys()])
    },
  },
  {
    name: 'two subscribers see one topic in the same order, the publishers’ own echo included',
    async run(t) {
      const buses = [t.bus(), t.bus(), t.bus()] as const
      const inboxes = await Promise.all(buses.map((bus) => inboxOf(bus, 'a')))
      for (let round = 0; round < 40; round++) {
        for (const [index, bus] of buses.entries()) {
          for (let count = 0; count < 25; count++) bus.publish('a', `${index}: ${round * 25 + count}`)
        }
        if (round % 7 === 0) await new Promise(setImmediate)
      }
      for (const bus of buses) await caughtUp(bus, ...buses)
      const [first, ...others] = inboxes
      assert.equal(first?.messages.length, 3000)
      for (const other of others) assert.deepEqual(other.data, first?.data)
      for (const index of [0, 1, 2]) {
        const own: unknown = first?.data.filter((text) => String(text).startsWith(`${index}:`))
        assert.deepEqual(
          own,
          Array.from({ length: 1000 }, (_, count) => `${index}: ${count}`),
        )
      }
    },
  },
  {
    name: 'many publishers, many subscribers: nothing is lost, nothing comes twice, everything is in order',
    async run(t) {
      const buses = [t.bus(), t.bus(), t.bus(), t.bus()]
      const count = t.many(2500)
      const plain = await Promise.all(buses.map((bus) => inboxOf(bus, 'mix.*')))
      const exact = await Promise.all(buses.map((bus) => inboxOf(bus, 'mix.1')))
      const shared = await Promise.all(buses.map((bus) => inboxOf(bus, 'mix.>', { group: 'g' })))
      await Promise.all(buses.map((bus, index) => publishMany(bus, index, count)))
      for (const bus of buses) await caughtUp(bus, ...buses)
      for (const inbox of plain) assert.deepEqual(countsInOrder(inbox), [count, count, count, count])
      for (const inbox of exact) assert.deepEqual(countsInOrder(inbox), Array(4).fill(count / 5))
      const total = [0, 0, 0, 0]
      for (const inbox of shared) {
        for (const [index, count] of countsInOrder(inbox).entries()) total[index] = (total[index] ?? 0) + count
      }
      assert.deepEqual(total, [count, count, count, count])
    },
  },
  {
    name: 'hundreds of thousands of messages to one subscriber arrive in order, without loss',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const count = t.many(200_000)
      let expected = 0
      let wrong = 0
      await bus.subscribe('numbers', (number: number) => {
        if (number !== expected) wrong += 1
        expected = number + 1
      }).ready
      for (let number = 0; number < count; number++) {
        if (!publisher.publish('numbers', number)) await publisher.flush()
      }
      await caughtUp(publisher, bus)
      assert.equal(wrong, 0)
      assert.equal(expected, count)
      assert.equal(bus.stats().received, count + 1)
      assert.equal(bus.stats().dropped, 0)
    },
  },
  {
    name: 'thousands of topics that are used once arrive in order',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const inbox = await inboxOf(bus, 'once.*')
      const topics = t.many(10_000)
      for (let number = 0; number < topics; number++) {
        if (!publisher.publish(`once.${number}`, number)) await publisher.flush()
      }
      await caughtUp(publisher, bus)
      assert.deepEqual(inbox.data, [...Array(topics).keys()])
    },
  },
  {
    name: 'thousands of topics that come again and again arrive in order, in groups as well',
    async run(t) {
      const [bus, other, publisher] = [t.bus(), t.bus(), t.bus()]
      const inbox = await inboxOf(bus, 'again.*')
      const shared = await Promise.all([bus, other].map((each) => inboxOf(each, 'again.>', { group: 'g' })))
      const topics = t.many(6000)
      for (let number = 0; number < 3 * topics; number++) {
        if (!publisher.publish(`again.${number % topics}`, number)) await publisher.flush()
      }
      await caughtUp(publisher, bus, other)
      assert.deepEqual(inbox.data, [...Array(3 * topics).keys()])
      assert.deepEqual(inbox.topics.slice(-1), [`again.${topics - 1}`])
      for (const { data } of shared) {
        assert.equal(data.length, (3 * topics) / 2)
        assert.deepEqual(
          data,
          data.map(Number).sort((a, b) => a - b),
        )
      }
    },
  },
  {
    name: 'subscribing and unsubscribing in between disturbs no order and doubles nothing',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const inbox = await inboxOf(bus, 'a')
      for (let number = 0; number < 500; number++) {
        publisher.publish('a', number)
        const passing = bus.subscribe(
          number % 2 === 0 ? 'a' : '*',
          () => undefined,
          number % 3 === 0 ? { group: 'g' } : {},
        )
        if (number % 5 === 0) await publisher.flush()
        passing.unsubscribe()
      }
      await caughtUp(publisher, bus)
      assert.deepEqual(inbox.data, [...Array(500).keys()])
    },
  },
]

async function publishMany(bus: Bus, index: number, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    const topic = `mix.${number % 5}`
    if (!bus.publish(topic, [index, number])) await bus.flush()
    if (number % 100 === index) await new Promise(setImmediate)
  }
}

/** How many messages came of each publisher; fails when those of one are not in order, or one came twice. */
function countsInOrder(inbox: Inbox): number[] {
  const counts = [0, 0, 0, 0]
  const last = [-1, -1, -1, -1]
  for (const { data } of inbox.messages) {
    const [index, number]: [number, number] = data
    assert.ok(number > (last[index] ?? Infinity), `${number} of publisher ${index} after ${last[index]}`)
    last[index] = number
    counts[index] = (counts[index] ?? 0) + 1
  }
  return counts
}
