import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { nextError, rejectsWith, throwsWith } from '../tools/failures.ts'
import { newGate } from '../tools/gate.ts'
import { inboxOf } from '../tools/inbox.ts'

export const draining: readonly BusCase[] = [
  {
    name: 'a bus that drains handles what is on its way, however slowly',
    async run(t) {
      const [bus, publisher] = [await t.connected(), await t.connected()]
      const done: number[] = []
      await bus.subscribe('a', async (number: number) => {
        await new Promise(setImmediate)
        done.push(number)
      }).ready
      for (let number = 0; number < 50; number++) publisher.publish('a', number)
      await publisher.flush()
      await bus.drain()
      assert.deepEqual(done, [...Array(50).keys()])
    },
  },
  {
    name: 'all that was published before a drain is delivered, many megabytes of it',
    async run(t) {
      const [bus, other] = [await t.connected(), await t.connected()]
      const inbox = await inboxOf(other, 'a')
      for (let number = 0; number < 60; number++) bus.publish('a', Buffer.alloc(100_000, number))
      await bus.drain()
      await inbox.holds(60)
      const firstBytes = inbox.messages.map(({ data }) => data[0])
      assert.deepEqual(firstBytes, [...Array(60).keys()])
    },
  },
  {
    name: 'a bus that drains takes nothing new, and after that it is closed',
    async run(t) {
      const bus = await t.connected()
      const drained = bus.drain()
      throwsWith('DRAINING', () => bus.publish('a'))
      throwsWith('DRAINING', () => bus.subscribe('a', () => undefined))
      throwsWith('DRAINING', () => bus.respond('a', () => undefined))
      await rejectsWith('DRAINING', bus.once('a'))
      await rejectsWith('DRAINING', bus.request('a'))
      await drained
      throwsWith('CLOSED', () => bus.publish('a'))
      throwsWith('CLOSED', () => bus.subscribe('a', () => undefined))
    },
  },
  {
    name: 'what is published behind a drain does not reach the one who drained',
    async run(t) {
      const [bus, publisher] = [await t.connected(), await t.connected()]
      const gate = newGate()
      const seen: number[] = []
      const begun = newGate()
      await bus.subscribe('a', async (number: number) => {
        seen.push(number)
        begun.open()
        await gate.opened
      }).ready
      publisher.publish('a', 1)
      await begun.opened
      const drained = bus.drain()
      await bus.flush()
      publisher.publish('a', 2)
      await publisher.flush()
      gate.open()
      await drained
      assert.deepEqual(seen, [1])
    },
  },
  {
    name: 'a handler that is still running during a drain may publish',
    async run(t) {
      const [bus, other] = [await t.connected(), await t.connected()]
      const inbox = await inboxOf(other, 'result')
      const [begun, gate] = [newGate(), newGate()]
      await bus.subscribe('job', async () => {
        begun.open()
        await gate.opened
        bus.publish('result', 'done')
      }).ready
      other.publish('job')
      await begun.opened
      const drained = bus.drain()
      gate.open()
      await drained
      await inbox.holds(1)
      assert.deepEqual(inbox.data, ['done'])
    },
  },
  {
    name: 'a handler may drain its bus: called and left, or awaited',
    async run(t) {
      const publisher = await t.connected()
      for (const kind of ['sync', 'async']) {
        const bus = await t.connected({ drainTimeout: 60_000 })
        const closed = new Promise<void>((resolve) => bus.on('close', resolve))
        const seen: unknown[] = []
        const subscription = bus.subscribe(kind, async (data) => {
          seen.push(data)
          const drained = bus.drain()
          if (kind === 'async') await drained
        })
        await subscription.ready
        publisher.publish(kind, 1)
        await closed
        await subscription.closed
        assert.deepEqual(seen, [1])
      }
    },
  },
  {
    name: 'a handler may drain its own subscription and wait for that',
    async run(t) {
      const bus = await t.connected()
      const seen: unknown[] = []
      const done = newGate()
      const subscription = bus.subscribe('a', async (data) => {
        seen.push(data)
        if (data !== 1) return
        await subscription.drain()
        done.open()
      })
      for (const number of [1, 2, 3]) bus.publish('a', number)
      await done.opened
      await subscription.closed
      bus.publish('a', 4)
      await bus.flush()
      assert.deepEqual(seen, [1, 2, 3])
    },
  },
  {
    name: 'a handler that is still running during a drain may ask what its work needs',
    async run(t) {
      const [bus, other] = [await t.connected(), await t.connected()]
      await other.respond('price', () => 5).ready
      const begun = newGate()
      const asked = newGate()
      const answers: unknown[] = []
      bus.subscribe('job', async () => {
        begun.open()
        await asked.opened
        answers.push(await bus.request('price'), (await bus.members()).length)
      })
      bus.publish('job')
      await begun.opened
      const drained = bus.drain()
      asked.open()
      await drained
      assert.deepEqual(answers, [5, 2])
    },
  },
  {
    name: 'a subscription drains at once while there is no broker',
    async run(t) {
      const bus = t.bus()
      const subscription = bus.subscribe('a', () => undefined)
      await subscription.drain()
      await subscription.closed
      await bus.ready()
    },
  },
  {
    name: 'a handler that never ends is waited for no longer than drainTimeout, and that is reported',
    async run(t) {
      const bus = await t.connected({ drainTimeout: 20 })
      const reported = nextError(bus)
      const begun = newGate()
      bus.subscribe('a', () => {
        begun.open()
        return new Promise(() => undefined)
      })
      bus.publish('a')
      await begun.opened
      await bus.drain()
      const { code, message } = await reported
      assert.equal(code, 'TIMEOUT')
      assert.match(message, /^drain: after 20 ms 1 handler still runs/)
      throwsWith('CLOSED', () => bus.publish('a'))
    },
  },
  {
    name: 'a close cuts a drain short',
    async run(t) {
      const bus = await t.connected({ drainTimeout: 60_000 })
      const begun = newGate()
      bus.subscribe('a', () => {
        begun.open()
        return new Promise(() => undefined)
      })
      bus.publish('a')
      await begun.opened
      const drained = bus.drain()
      await bus.flush()
      await bus.close()
      // The handler still hangs: nothing but the close can have ended it.
      await drained
    },
  },
  {
    name: 'a bus may be drained before it was connected, and loses nothing by it',
    async run(t) {
      const other = await t.connected()
      const inbox = await inboxOf(other, 'a')
      const bus = t.bus()
      for (const number of [1, 2, 3]) bus.publish('a', number)
      await Promise.all([bus.drain(), bus.drain()])
      await inbox.holds(3)
      assert.deepEqual(inbox.data, [1, 2, 3])
    },
  },
]
