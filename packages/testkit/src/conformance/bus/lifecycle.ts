import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { rejectsWith, throwsWith } from '../tools/failures.ts'
import { caughtUp, Inbox } from '../tools/inbox.ts'

export const lifecycle: readonly BusCase[] = [
  {
    name: 'a bus is usable at once: what is said before it is connected is kept, in order',
    async run(t) {
      const [bus, early] = [t.bus(), t.bus()]
      assert.equal(bus.member, undefined)
      assert.equal(bus.stats().connected, false)
      const inbox = new Inbox(bus, 'a.*')
      for (let number = 0; number < 100; number++) assert.equal(bus.publish(`a.${number % 3}`, number), true)
      await inbox.holds(100)
      assert.deepEqual(inbox.data, [...Array(100).keys()])
      await inbox.subscription.ready
      for (let number = 0; number < 10; number++) early.publish('a.early', number)
      await inbox.holds(110)
      assert.deepEqual(inbox.data.slice(100), [...Array(10).keys()])
    },
  },
  {
    name: 'a subscription sees what is published behind it in the same turn, in order',
    async run(t) {
      const bus = t.bus()
      const before = new Inbox(bus, 'a')
      bus.publish('a', 1)
      const after = new Inbox(bus, 'a')
      bus.publish('a', 2)
      await caughtUp(bus, bus)
      assert.deepEqual(before.data, [1, 2])
      // What was on its way already when it was made, it may see or not.
      assert.equal(after.data.at(-1), 2)
    },
  },
  {
    name: 'connect is told with the member that the bus has become',
    async run(t) {
      const bus = t.bus({ name: 'told' })
      const told = new Promise((resolve) => bus.on('connect', resolve))
      await bus.ready()
      assert.deepEqual(await told, bus.member)
      assert.equal(bus.member?.name, 'told')
      assert.equal(bus.stats().connected, true)
      assert.equal(bus.stats().connects, 1)
      await bus.ready()
    },
  },
  {
    name: 'listeners can be taken off again, and on and off can be chained',
    async run(t) {
      const bus = t.bus()
      const calls: string[] = []
      const listener = (): void => void calls.push('off')
      assert.equal(bus.on('connect', listener).off('connect', listener), bus)
      bus.on('connect', () => void calls.push('on'))
      await bus.ready()
      assert.deepEqual(calls, ['on'])
    },
  },
  {
    name: 'close is told once, and resolves for everyone who asks',
    async run(t) {
      const bus = await t.connected()
      let told = 0
      bus.on('close', () => (told += 1))
      await Promise.all([bus.close(), bus.close(), bus.drain(), bus.close()])
      await bus.close()
      await bus.drain()
      assert.equal(told, 1)
      assert.equal(bus.member, undefined)
      assert.equal(bus.stats().connected, false)
    },
  },
  {
    name: 'a closed bus refuses every call with CLOSED',
    async run(t) {
      const bus = await t.connected()
      await bus.close()
      throwsWith('CLOSED', () => bus.publish('a'))
      throwsWith('CLOSED', () => bus.subscribe('a', () => undefined))
      throwsWith('CLOSED', () => bus.subscribe('a'))
      throwsWith('CLOSED', () => bus.respond('a', () => undefined))
      const calls = [bus.once('a'), bus.request('a'), bus.flush(), bus.ready(), bus.members()]
      const errors = await Promise.all(calls.map((call) => rejectsWith('CLOSED', call)))
      assert.deepEqual(
        errors.map(({ message }) => message.split(':')[0]),
        ['once("a")', 'request("a")', 'flush', 'ready', 'members'],
      )
    },
  },
  {
    name: 'what waits when the bus closes rejects or ends',
    async run(t) {
      const bus = await t.connected()
      const subscription = bus.subscribe('a', () => undefined)
      await subscription.ready
      const unconnected = t.bus()
      const fresh = bus.subscribe('b', () => undefined)
      const waiting = [bus.once('a'), fresh.ready, bus.flush(), bus.members(), unconnected.ready()]
      const outcomes = Promise.all(waiting.map((promise) => rejectsWith('CLOSED', promise)))
      await Promise.all([bus.close(), unconnected.close()])
      const calls = (await outcomes).map(({ message }) => message.split(':')[0])
      assert.deepEqual(calls, ['once("a")', 'subscribe("b")', 'flush', 'members', 'ready'])
      await subscription.closed
      await fresh.closed
      await subscription.ready
      subscription.unsubscribe()
      await subscription.drain()
    },
  },
  {
    name: 'a bus may be closed before it was connected',
    async run(t) {
      const bus = t.bus()
      const subscription = bus.subscribe('a', () => undefined)
      await bus.close()
      await subscription.closed
      await rejectsWith('CLOSED', subscription.ready)
    },
  },
  {
    name: 'what was published before close still goes out, connected or not',
    async run(t) {
      const [listening, connected, unconnected] = [t.bus(), await t.connected(), t.bus()]
      const inbox = new Inbox(listening, 'a')
      await inbox.subscription.ready
      for (let number = 0; number < 500; number++) {
        connected.publish('a', 'x'.repeat(100))
        unconnected.publish('a', 'y'.repeat(100))
      }
      await Promise.all([connected.close(), unconnected.close()])
      await inbox.holds(1000)
    },
  },
  {
    name: 'closing on purpose is neither a disconnect nor an error',
    async run(t) {
      const told: string[] = []
      for (const end of ['close', 'drain'] as const) {
        const bus = await t.connected()
        for (const name of ['disconnect', 'error', 'close'] as const) bus.on(name, () => told.push(name))
        bus.subscribe('a', () => undefined)
        bus.publish('a', 1)
        await bus[end]()
      }
      assert.deepEqual(told, ['close', 'close'])
    },
  },
  {
    name: 'a listener of connect, error or slow may close the bus',
    async run(t) {
      for (const name of ['connect', 'error', 'slow'] as const) {
        const bus = t.bus({ limits: { queuedMessages: 1 } })
        const closed = new Promise<void>((resolve) => bus.on('close', resolve))
        bus.on(name, () => void bus.close())
        bus.subscribe('b', { overflow: 'drop-newest' })
        bus.subscribe('a', () => {
          if (name === 'error') throw new Error('broken handler')
        })
        for (let count = 0; count < 3; count++) bus.publish(name === 'slow' ? 'b' : 'a', count)
        await closed
        throwsWith('CLOSED', () => bus.publish('a'))
      }
    },
  },
  {
    name: 'a handler may close its bus, and may wait for that',
    async run(t) {
      const publisher = await t.connected()
      for (const kind of ['sync', 'async']) {
        const bus = await t.connected()
        const seen: unknown[] = []
        const closed = new Promise<void>((resolve) => bus.on('close', resolve))
        const subscription = bus.subscribe(kind, (data) => {
          seen.push(data)
          const closing = bus.close()
          return kind === 'async' ? closing : undefined
        })
        const other = new Inbox(bus, kind)
        await subscription.ready
        for (const number of [1, 2, 3]) publisher.publish(kind, number)
        await Promise.all([closed, subscription.closed, other.subscription.closed])
        await publisher.flush()
        assert.deepEqual(seen, [1])
        assert.deepEqual(other.data, [])
      }
    },
  },
  {
    name: 'await using drains the bus at the end of its block',
    async run(t) {
      const other = t.bus()
      const inbox = new Inbox(other, 'a')
      await inbox.subscription.ready
      let closed = false
      {
        await using bus = t.bus()
        bus.on('close', () => (closed = true))
        for (let number = 0; number < 50; number++) bus.publish('a', number)
      }
      assert.equal(closed, true)
      await inbox.holds(50)
    },
  },
  {
    name: 'broker: local gives a bus of this process alone',
    async run(t) {
      const local = t.bus({ broker: 'local' })
      await local.ready()
      const [bus, other] = [await t.connected(), t.bus({ broker: 'local' })]
      const [apart, together] = [new Inbox(bus, 'a'), new Inbox(other, 'a')]
      await Promise.all([apart.subscription.ready, together.subscription.ready])
      local.publish('a', 1)
      await together.holds(1)
      await caughtUp(bus, bus)
      // Elsewhere than in the broker's process, the other bus is at that one's.
      assert.equal(bus.member?.kind, t.memberKind)
      assert.deepEqual(apart.data, t.memberKind === 'primary' ? [1] : [])
    },
  },
]
