import type { Subscription } from '@clusterbus/client'
import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { nextError } from '../tools/failures.ts'
import { newGate } from '../tools/gate.ts'
import { caughtUp, inboxOf } from '../tools/inbox.ts'

export const handlers: readonly BusCase[] = [
  {
    name: 'a handler that throws or rejects is reported, and the next message is delivered',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const seen: number[] = []
      const cause = new Error('broken handler')
      await bus.subscribe('sync', (number: number) => {
        seen.push(number)
        if (number % 2 === 1) throw cause
      }).ready
      await bus.subscribe('async', async (number: number) => {
        seen.push(number)
        if (number % 2 === 1) throw cause
      }).ready
      for (const topic of ['sync', 'async']) {
        const reported = nextError(bus)
        publisher.publish(topic, 1)
        publisher.publish(topic, 2)
        const error = await reported
        assert.equal(error.code, 'HANDLER_FAILED')
        assert.equal(error.cause, cause)
        assert.equal(error.topic, topic)
        assert.equal(error.member, publisher.member?.id)
        assert.match(error.message, /broken handler/)
        await caughtUp(publisher, bus)
      }
      assert.deepEqual(seen, [1, 2, 1, 2])
    },
  },
  {
    name: 'one handler that throws does not keep the message from the others',
    async run(t) {
      const bus = t.bus()
      const reported = nextError(bus)
      bus.subscribe('a', () => {
        throw new Error('first')
      })
      const others = await Promise.all([inboxOf(bus, 'a'), inboxOf(bus, '*'), inboxOf(bus, 'a', { group: 'g' })])
      bus.publish('a', 1)
      await reported
      await caughtUp(bus, bus)
      for (const { data } of others) assert.equal(data[0], 1)
    },
  },
  {
    name: 'whatever a handler throws is reported',
    async run(t) {
      const bus = t.bus()
      const throwing = new Proxy(
        {},
        {
          get() {
            throw new Error('do not touch')
          },
        },
      )
      const things = ['text', 7, null, undefined, Symbol('s'), Object.create(null), throwing]
      bus.subscribe('sync', (index: number) => {
        throw things[index]
      })
      bus.subscribe('async', (index: number) => Promise.reject(things[index]))
      for (const topic of ['sync', 'async']) {
        for (const [index, thing] of things.entries()) {
          const reported = nextError(bus)
          bus.publish(topic, index)
          const { code, cause } = await reported
          assert.equal(code, 'HANDLER_FAILED')
          assert.equal(cause, thing)
        }
      }
    },
  },
  {
    name: 'an error that nobody listens to becomes a process warning and not a crash',
    async run(t) {
      const bus = t.bus()
      bus.subscribe('a', () => {
        throw new Error('broken handler')
      })
      const warned = t.nextWarning()
      bus.publish('a')
      const warning = await warned
      assert.ok('code' in warning)
      assert.equal(warning.code, 'HANDLER_FAILED')
      await bus.flush()
    },
  },
  {
    name: 'a handler may return a thenable, even one that settles twice',
    async run(t) {
      const bus = t.bus()
      const seen: unknown[] = []
      // oxlint-disable-next-line unicorn/no-thenable
      const twice = { then: (settle: () => void) => void [settle(), settle()] }
      bus.subscribe('a', (data) => {
        seen.push(data)
        return twice
      })
      for (const number of [1, 2, 3]) bus.publish('a', number)
      await bus.drain()
      assert.deepEqual(seen, [1, 2, 3])
    },
  },
  {
    name: 'a listener that rejects becomes a process warning and not a crash',
    async run(t) {
      const bus = t.bus()
      const warned = t.nextWarning()
      bus.on('connect', async () => {
        await bus.flush()
        throw new Error('broken async listener')
      })
      assert.equal((await warned).message, 'broken async listener')
    },
  },
  {
    name: 'a listener that throws becomes a process warning and not a crash',
    async run(t) {
      const bus = t.bus()
      const thrown: unknown[] = [Object.create(null), new Error('broken listener')]
      bus.on('error', () => {
        throw thrown.pop()
      })
      const reported = nextError(bus)
      const warned = t.nextWarning()
      bus.subscribe('a', () => {
        throw new Error('broken handler')
      })
      bus.publish('a')
      assert.match((await warned).message, /broken listener/)
      await reported
      const warnedAgain = t.nextWarning()
      bus.publish('a')
      await warnedAgain
      await bus.flush()
    },
  },
  {
    name: 'async handlers of one subscription run one after the other, in order',
    async run(t) {
      const bus = t.bus()
      const steps: string[] = []
      const subscription = bus.subscribe(
        'a',
        async (number: number) => {
          steps.push(`begin ${number}`)
          for (let turn = 3; turn > number; turn--) await new Promise(setImmediate)
          steps.push(`end ${number}`)
        },
        { max: 3 },
      )
      for (const number of [1, 2, 3]) bus.publish('a', number)
      await subscription.closed
      assert.deepEqual(steps, ['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3'])
    },
  },
  {
    name: 'an async handler holds up its own subscription and no other',
    async run(t) {
      const bus = t.bus()
      const gate = newGate()
      const slow: number[] = []
      const subscription = bus.subscribe(
        'a',
        async (number: number) => {
          await gate.opened
          slow.push(number)
        },
        { max: 2 },
      )
      const other = await inboxOf(bus, 'a')
      bus.publish('a', 1)
      bus.publish('a', 2)
      await other.holds(2)
      assert.deepEqual(slow, [])
      gate.open()
      await subscription.closed
      assert.deepEqual(slow, [1, 2])
    },
  },
  {
    name: 'a handler may end its own subscription',
    async run(t) {
      const bus = t.bus()
      const seen: number[] = []
      const subscription: Subscription = bus.subscribe('a', (number: number) => {
        seen.push(number)
        if (number === 2) subscription.unsubscribe()
      })
      const other = await inboxOf(bus, 'a')
      for (const number of [1, 2, 3]) bus.publish('a', number)
      await Promise.all([subscription.closed, other.holds(3)])
      assert.deepEqual(seen, [1, 2])
    },
  },
  {
    name: 'an async handler that ends its own subscription gets none of what waits behind it',
    async run(t) {
      const bus = t.bus()
      const seen: number[] = []
      const subscription: Subscription = bus.subscribe('a', async (number: number) => {
        seen.push(number)
        await bus.flush()
        subscription.unsubscribe()
      })
      for (const number of [1, 2, 3]) bus.publish('a', number)
      await subscription.closed
      await caughtUp(bus, bus)
      assert.deepEqual(seen, [1])
    },
  },
  {
    name: 'a handler may end another subscription, which then does not get the same message',
    async run(t) {
      const bus = t.bus()
      const others: Subscription[] = []
      const seen: string[] = []
      bus.subscribe('a', () => {
        seen.push('first')
        for (const other of others) other.unsubscribe()
      })
      others.push(bus.subscribe('a', () => void seen.push('plain')))
      others.push(bus.subscribe('*', () => void seen.push('pattern')))
      others.push(bus.subscribe('a', () => void seen.push('group'), { group: 'g' }))
      bus.publish('a')
      bus.publish('a')
      await caughtUp(bus, bus)
      assert.deepEqual(seen, ['first', 'first'])
    },
  },
  {
    name: 'a subscription made by a handler gets the next message and not the present one',
    async run(t) {
      const bus = t.bus()
      const later: unknown[] = []
      const first = bus.once('a').then((message) => message.data)
      const subscribed = newGate()
      const outer = bus.subscribe('a', () => {
        outer.unsubscribe()
        const inner = bus.subscribe('a', (data) => void later.push(data))
        void inner.ready.then(() => subscribed.open())
      })
      bus.publish('a', 1)
      assert.equal(await first, 1)
      await subscribed.opened
      bus.publish('a', 2)
      await caughtUp(bus, bus)
      assert.deepEqual(later, [2])
    },
  },
]
