import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { throwsWith } from '../tools/failures.ts'
import { newGate } from '../tools/gate.ts'
import { caughtUp, Inbox, inboxOf } from '../tools/inbox.ts'
import { slowEventsOf, sumOf } from '../tools/slow-events.ts'

export const backPressure: readonly BusCase[] = [
  {
    name: 'publish asks its caller to wait when much waits already, and flush brings room',
    async run(t) {
      const bus = await t.connected()
      const other = t.bus()
      const inbox = await inboxOf(other, 'a')
      const data = 'x'.repeat(10_000)
      let published = 1
      while (bus.publish('a', data)) published += 1
      assert.ok(published > 20 && published < 2000, `${published} messages of 10 kB before publish asked to wait`)
      await bus.flush()
      assert.equal(bus.publish('a', data), true)
      await inbox.holds(published + 1)
      assert.equal(bus.stats().queuedBytes, 0)
    },
  },
  {
    name: 'a caller that does not wait loses nothing up to the limit, and nobody is thrown out for it',
    async run(t) {
      const buses = [await t.connected(), await t.connected(), await t.connected()] as const
      const [publisher, ...others] = buses
      const inboxes = await Promise.all(buses.map((bus) => inboxOf(bus, 'a')))
      for (let number = 0; number < 300; number++) publisher.publish('a', Buffer.alloc(65_536, number))
      await caughtUp(publisher, publisher, ...others)
      const expected = Array.from({ length: 300 }, (_, number) => number % 256)
      for (const { messages } of inboxes)
        assert.deepEqual(
          messages.map(({ data }) => data[65_535]),
          expected,
        )
      for (const bus of buses) assert.equal(bus.stats().connects, 1)
    },
  },
  {
    name: 'a bus that is not connected keeps no more than limits.keptBytes, and none of it is lost',
    async run(t) {
      const bus = t.bus({ limits: { keptBytes: 10_000 } })
      const inbox = new Inbox(bus, 'a')
      let kept = 0
      let asked = 0
      const error = throwsWith('QUEUE_FULL', () => {
        for (;;) {
          if (!bus.publish('a', 'x'.repeat(1000))) asked += 1
          kept += 1
        }
      })
      assert.equal(error.limit, 10_000)
      assert.equal(error.topic, 'a')
      assert.match(error.message, /limits\.keptBytes/)
      assert.ok(kept >= 7 && kept < 10, `${kept} messages of 1 kB were kept`)
      assert.ok(asked > 0, 'publish asked to wait before it threw')
      await bus.ready()
      bus.publish('a', 'after')
      await inbox.holds(kept + 1)
      await caughtUp(bus, bus)
      assert.equal(inbox.messages.length, kept + 1)
    },
  },
  {
    name: 'a bus queues no more than limits.queuedBytes, and goes on when there is room',
    async run(t) {
      const bus = await t.connected({ limits: { queuedBytes: 300_000 } })
      const inbox = await inboxOf(bus, 'a')
      let published = 0
      const error = throwsWith('QUEUE_FULL', () => {
        for (; published < 1000; published++) bus.publish('a', Buffer.alloc(60_000))
      })
      assert.equal(error.limit, 300_000)
      assert.match(error.message, /limits\.queuedBytes/)
      await bus.flush()
      bus.publish('a', Buffer.alloc(60_000))
      await inbox.holds(published + 1)
    },
  },
  {
    name: 'an iterator that does not read costs its queue, and every drop is counted and told',
    async run(t) {
      const bus = await t.connected({ limits: { queuedMessages: 10 } })
      const events = slowEventsOf(bus)
      const stream = bus.subscribe('a.*', { overflow: 'drop-newest' })
      const healthy = await inboxOf(bus, 'a.*')
      for (let number = 0; number < 25; number++) bus.publish(`a.${number}`, number)
      await caughtUp(bus, bus)
      assert.equal(healthy.messages.length, 25)
      assert.equal(bus.stats().dropped, 15)
      assert.deepEqual(events[0], { pattern: 'a.*', topic: 'a.10', dropped: 1, where: 'subscription' })
      const iterator = stream[Symbol.asyncIterator]()
      for (let number = 0; number < 10; number++) assert.equal((await iterator.next()).value?.data, number)
      assert.equal(sumOf(events), 15)
      assert.equal(events.at(-1)?.topic, 'a.24')
      bus.publish('a.25', 25)
      const { data, gap } = (await iterator.next()).value ?? {}
      assert.deepEqual([data, gap], [25, 15])
      assert.ok(healthy.messages.every((message) => message.gap === 0))
      assert.equal(sumOf(events), bus.stats().dropped)
    },
  },
  {
    name: 'an async handler that is slow costs its queue, and every drop is counted and told',
    async run(t) {
      const bus = await t.connected({ limits: { queuedMessages: 10 } })
      const events = slowEventsOf(bus)
      const gate = newGate()
      const seen: number[] = []
      const work = async (number: number): Promise<void> => {
        await gate.opened
        seen.push(number)
      }
      const subscription = bus.subscribe('a', work, { overflow: 'drop-newest' })
      for (let number = 0; number < 30; number++) bus.publish('a', number)
      await caughtUp(bus, bus)
      // One is at work, ten wait.
      assert.equal(bus.stats().dropped, 19)
      gate.open()
      await subscription.drain()
      assert.deepEqual(seen, [...Array(11).keys()])
      assert.equal(sumOf(events), 19)
    },
  },
  {
    name: 'drops are told also when the slow subscription ends without reading on',
    async run(t) {
      for (const end of ['unsubscribe', 'close'] as const) {
        const bus = await t.connected({ limits: { queuedMessages: 1 } })
        const events = slowEventsOf(bus)
        const stream = bus.subscribe('a', { overflow: 'drop-newest' })
        for (let number = 0; number < 5; number++) bus.publish('a', number)
        await caughtUp(bus, bus)
        if (end === 'close') await bus.close()
        else stream.unsubscribe()
        await stream.closed
        assert.equal(bus.stats().dropped, 4)
        assert.equal(sumOf(events), 4, end)
      }
    },
  },
  {
    name: 'a synchronous handler never drops anything',
    async run(t) {
      const bus = await t.connected({ limits: { queuedMessages: 1 } })
      const inbox = await inboxOf(bus, 'a')
      for (let number = 0; number < 1000; number++) bus.publish('a', number)
      await caughtUp(bus, bus)
      assert.equal(inbox.messages.length, 1000)
      assert.equal(bus.stats().dropped, 0)
    },
  },
  {
    name: 'max counts what is handed over, not what was dropped',
    async run(t) {
      const bus = await t.connected({ limits: { queuedMessages: 2 } })
      bus.on('slow', () => undefined)
      const stream = bus.subscribe('a', { max: 4, overflow: 'drop-newest' })
      for (let number = 0; number < 4; number++) bus.publish('a', number)
      await caughtUp(bus, bus)
      const iterator = stream[Symbol.asyncIterator]()
      for (const number of [0, 1]) assert.equal((await iterator.next()).value?.data, number)
      for (const number of [4, 5, 6]) bus.publish('a', number)
      assert.equal((await iterator.next()).value?.data, 4)
      assert.equal((await iterator.next()).value?.data, 5)
      assert.equal((await iterator.next()).done, true)
    },
  },
  {
    name: 'flush resolves when everything published before has been routed',
    async run(t) {
      const [bus, other] = [t.bus(), t.bus()]
      await inboxOf(other, 'a')
      const seen: number[] = []
      other.subscribe('a', (number: number) => void seen.push(number))
      await other.flush()
      for (let number = 0; number < 1000; number++) bus.publish('a', number)
      await bus.flush()
      // The broker has written it to the other bus before it answers that one's flush.
      await other.flush()
      assert.equal(seen.length, 1000)
      await Promise.all([bus.flush(), bus.flush()])
    },
  },
]
