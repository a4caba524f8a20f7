import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { caughtUp, Inbox, inboxOf } from '../tools/inbox.ts'

interface Events {
  'user-login': { userId: number }
  'cache.clear': undefined
}

export const publishSubscribe: readonly BusCase[] = [
  {
    name: 'typed data arrives in every bus, with topic, headers, sender and codec',
    async run(t) {
      const bus = t.bus<Events>()
      const other = t.bus<Events>()
      const seen = [bus, other].map((each) => each.once('user-login'))
      await Promise.all([bus.flush(), other.flush()])
      assert.equal(bus.publish('user-login', { userId: 123 }), true)
      for (const message of await Promise.all(seen)) {
        const { userId } = message.data
        assert.equal(userId, 123)
        assert.equal(message.topic, 'user-login')
        assert.deepEqual(Object.keys(message.headers), [])
        assert.equal(message.from, bus.member?.id)
        assert.equal(message.codec, 'json')
      }
    },
  },
  {
    name: 'a handler is called with the data and its message',
    async run(t) {
      const bus = t.bus()
      const seen = new Promise<unknown[]>((resolve) => bus.subscribe('a', (...args) => resolve(args)))
      bus.publish('a', { deep: [1, 'two', null] })
      const [data, message, ...rest] = await seen
      assert.deepEqual(data, { deep: [1, 'two', null] })
      assert.ok(typeof message === 'object' && message !== null && 'data' in message)
      assert.equal(message.data, data)
      assert.deepEqual(rest, [])
    },
  },
  {
    name: 'data may be left out, and arrives as undefined',
    async run(t) {
      const bus = t.bus<Events>()
      const seen = bus.once('cache.clear')
      bus.publish('cache.clear')
      assert.equal((await seen).data, undefined)
    },
  },
  {
    name: 'headers arrive as they were given',
    async run(t) {
      const bus = t.bus()
      const headers = { trace: 'abc', '': 'empty name', größe: 'ünï \u{1f600}', empty: '', half: '\ud800' }
      const seen = bus.once('a')
      bus.publish('a', 1, { headers })
      assert.deepEqual({ ...(await seen).headers }, headers)
    },
  },
  {
    name: 'a message without subscribers is no failure',
    async run(t) {
      const bus = await t.connected()
      assert.equal(bus.publish('nobody.listens', 1), true)
      await bus.flush()
    },
  },
  {
    name: 'echo: false passes over all subscriptions of the publisher and of nobody else',
    async run(t) {
      const [bus, other] = [t.bus(), t.bus()]
      const own = await Promise.all(['a.b', 'a.*', 'a.>'].map((pattern) => inboxOf(bus, pattern)))
      const others = await inboxOf(other, 'a.b')
      bus.publish('a.b', 'silent', { echo: false })
      bus.publish('a.b', 'loud', { echo: true })
      bus.publish('a.b', 'loud by default')
      await caughtUp(bus, bus, other)
      for (const inbox of own) assert.deepEqual(inbox.data, ['loud', 'loud by default'])
      assert.deepEqual(others.data, ['silent', 'loud', 'loud by default'])
    },
  },
  {
    name: 'overlapping subscriptions get one delivery each, in the order in which they were made',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const calls: string[] = []
      const patterns = ['a.b.c', 'a.>', 'a.*.c', '>', 'a.b.c', '*.*.*', 'a.b', 'b.>', '*']
      for (const [index, pattern] of patterns.entries()) {
        bus.subscribe(pattern, (_, { topic }) => topic === 'a.b.c' && calls.push(`${index}: ${pattern}`))
      }
      await bus.flush()
      publisher.publish('a.b.c')
      await caughtUp(publisher, bus)
      assert.deepEqual(calls, ['0: a.b.c', '1: a.>', '2: a.*.c', '3: >', '4: a.b.c', '5: *.*.*'])
    },
  },
  {
    name: 'names that objects inherit are topics like any other',
    async run(t) {
      const bus = t.bus()
      const topics = ['__proto__', 'constructor', 'toString', '__proto__.constructor', 'hasOwnProperty']
      const inboxes = await Promise.all(topics.map((topic) => inboxOf(bus, topic)))
      for (const topic of topics) for (const round of [1, 2, 3]) bus.publish(topic, round)
      await caughtUp(bus, bus)
      for (const inbox of inboxes) assert.deepEqual(inbox.data, [1, 2, 3])
    },
  },
  {
    name: 'a topic may have 16 tokens, 255 bytes, and letters of any script',
    async run(t) {
      const bus = t.bus()
      const topics = ['é'.repeat(127) + 'x', Array(16).fill('t').join('.'), '\u{1f600}.日本', 'a-b_c:d/e', 'A', 'a']
      const inboxes = await Promise.all(topics.map((topic) => inboxOf(bus, topic)))
      for (const topic of topics) for (const round of [1, 2, 3]) bus.publish(topic, round)
      await caughtUp(bus, bus)
      for (const [index, inbox] of inboxes.entries()) {
        assert.deepEqual(inbox.data, [1, 2, 3])
        assert.equal(inbox.messages[0]?.topic, topics[index])
      }
    },
  },
  {
    name: 'what is published after ready is seen, whoever publishes it',
    async run(t) {
      const publishers = await Promise.all([t.connected(), t.connected(), t.connected()])
      const bus = t.bus()
      const inbox = new Inbox(bus, 'a')
      await inbox.subscription.ready
      for (const publisher of publishers) publisher.publish('a', publisher.member?.id)
      await inbox.holds(3)
      assert.deepEqual(
        inbox.data.map(Number).sort((a, b) => a - b),
        publishers.map((publisher) => Number(publisher.member?.id)).sort((a, b) => a - b),
      )
    },
  },
  {
    name: 'a handler may publish, and two buses may talk for long that way',
    async run(t) {
      const [left, right] = [t.bus(), t.bus()]
      const done = right.once('done')
      const answer = right.subscribe('ping', (count: number) => right.publish('pong', count + 1))
      left.subscribe('pong', (count: number) => left.publish(count < 500 ? 'ping' : 'done', count))
      await Promise.all([answer.ready, left.flush()])
      left.publish('ping', 0)
      assert.equal((await done).data, 500)
    },
  },
]
