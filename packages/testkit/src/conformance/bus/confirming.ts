import type { Subscription } from '@clusterbus/client'
import { msgpackCodec } from '@clusterbus/codec-msgpack'
import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { newGate } from '../tools/gate.ts'
import { inboxOf } from '../tools/inbox.ts'

const bothWays = ['routed', 'handled'] as const

export const confirming: readonly BusCase[] = [
  {
    name: 'a message is routed when the broker has it for every member, which counts once',
    async run(t) {
      const [bus, other] = [t.bus(), t.bus()]
      await t.connected()
      const inboxes = [await inboxOf(bus, 'a'), await inboxOf(bus, '*'), await inboxOf(other, '>')]
      const confirmation = await bus.publish('a', 7, { confirm: 'routed' })
      assert.deepEqual(confirmation, { members: 2, delivered: 2, failed: 0, gone: 0 })
      for (const inbox of inboxes) {
        await inbox.holds(1)
        assert.deepEqual(inbox.data, [7])
      }
    },
  },
  {
    name: 'a message is routed without waiting for its handlers',
    async run(t) {
      const bus = t.bus()
      const gate = newGate()
      await bus.subscribe('a', () => gate.opened).ready
      assert.equal((await bus.publish('a', 1, { confirm: 'routed' })).delivered, 1)
      gate.open()
    },
  },
  {
    name: 'a message that nobody subscribes to is confirmed with zeros',
    async run(t) {
      const bus = t.bus()
      for (const confirm of bothWays) {
        const confirmation = await bus.publish('a', 1, { confirm })
        assert.deepEqual(confirmation, { members: 0, delivered: 0, failed: 0, gone: 0 })
      }
    },
  },
  {
    name: 'a message is handled when every handler that it is for, in every member, is through',
    async run(t) {
      const buses = [t.bus(), t.bus()]
      const [gates, done] = [buses.map(newGate), new Set<number>()]
      const started: Promise<void>[] = []
      for (const [index, bus] of buses.entries()) {
        const gate = newGate()
        started.push(gate.opened)
        bus.subscribe('a', () => undefined)
        await bus.subscribe('*', async () => {
          gate.open()
          await gates[index]?.opened
          done.add(index)
        }).ready
      }
      const handled = t.bus().publish('a', 1, { confirm: 'handled' })
      const counts = handled.then((confirmation) => ({ confirmation, done: done.size }))
      await Promise.all(started)
      gates[1]?.open()
      await buses[1]?.flush()
      gates[0]?.open()
      const confirmation = { members: 2, delivered: 2, failed: 0, gone: 0 }
      assert.deepEqual(await counts, { confirmation, done: 2 })
    },
  },
  {
    name: 'a message that waits behind others in a subscription is not handled before its turn',
    async run(t) {
      const bus = t.bus()
      const gate = newGate()
      const seen: unknown[] = []
      await bus.subscribe('a', async (data) => {
        await gate.opened
        seen.push(data)
      }).ready
      for (const number of [1, 2, 3]) bus.publish('a', number)
      const handled = bus.publish('a', 4, { confirm: 'handled' }).then(() => [...seen])
      gate.open()
      assert.deepEqual(await handled, [1, 2, 3, 4])
    },
  },
  {
    name: 'of a group only the member that was picked counts, along with those that subscribe plainly',
    async run(t) {
      const [bus, ...workers] = [t.bus(), t.bus(), t.bus(), t.bus()]
      let calls = 0
      for (const worker of workers) await worker.subscribe('a', () => (calls += 1), { group: 'g' }).ready
      assert.equal((await bus.publish('a', 1, { confirm: 'handled' })).delivered, 1)
      assert.equal(calls, 1)
      await workers[0]?.subscribe('a', () => (calls += 1)).ready
      const confirmations = [1, 2, 3].map(() => bus.publish('a', 1, { confirm: 'handled' }))
      const counted = (await Promise.all(confirmations)).map(({ delivered }) => delivered)
      assert.deepEqual(
        counted.sort((a, b) => a - b),
        [1, 2, 2],
        'whose turn it is takes one copy for both of its subscriptions',
      )
      assert.equal(calls, 7)
    },
  },
  {
    name: 'the publisher’s own subscriptions count, unless it does not want to hear itself',
    async run(t) {
      const [bus, other] = [t.bus(), t.bus()]
      for (const each of [bus, other]) await each.subscribe('a', () => undefined).ready
      for (const confirm of bothWays) {
        assert.equal((await bus.publish('a', 1, { confirm })).delivered, 2)
        assert.equal((await bus.publish('a', 1, { confirm, echo: false })).delivered, 1)
      }
    },
  },
  {
    name: 'an iterator has handled a message when it has handed it on',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const stream = bus.subscribe('a')
      await stream.ready
      const [messages, order] = [stream[Symbol.asyncIterator](), Array.of<string>()]
      const handled = publisher.publish('a', 1, { confirm: 'handled' }).then(({ delivered }) => {
        order.push('handled')
        return delivered
      })
      // What it would have said too early, its publisher would know by the end of this.
      for (const each of [publisher, bus, bus, publisher]) await each.flush()
      order.push('asked for')
      await messages.next()
      assert.equal(await handled, 1)
      assert.deepEqual(order, ['asked for', 'handled'])
    },
  },
  {
    name: 'once() handles the message that it waits for',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const message = bus.once('a')
      await bus.flush()
      assert.equal((await publisher.publish('a', 7, { confirm: 'handled' })).delivered, 1)
      assert.equal((await message).data, 7)
    },
  },
  {
    name: 'a subscription that ends before it has come to a message is through with it',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const [begun, gate] = [newGate(), newGate()]
      const subscription = bus.subscribe('a', () => {
        begun.open()
        return gate.opened
      })
      const stream = bus.subscribe('b')
      await stream.ready
      publisher.publish('a', 'keeps it busy')
      const handled = ['a', 'b'].map((topic) => publisher.publish(topic, 1, { confirm: 'handled' }))
      await begun.opened
      await publisher.flush()
      await bus.flush()
      subscription.unsubscribe()
      stream.unsubscribe()
      assert.deepEqual(await Promise.all(handled), Array(2).fill({ members: 1, delivered: 1, failed: 0, gone: 0 }))
      gate.open()
    },
  },
  {
    name: 'a subscription that another handler of the message has just ended is through with it',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      bus.subscribe('a', () => second.unsubscribe())
      const second = bus.subscribe('a', () => assert.fail('it has ended'))
      await second.ready
      assert.equal((await publisher.publish('a', 1, { confirm: 'handled' })).delivered, 1)
    },
  },
  {
    name: 'a subscription that ends over its last message handles that one too',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const subscription: Subscription = bus.subscribe('a', () => subscription.unsubscribe())
      await bus.subscribe('b', () => undefined, { max: 1 }).ready
      for (const topic of ['a', 'b']) {
        assert.equal((await publisher.publish(topic, 1, { confirm: 'handled' })).delivered, 1)
        await bus.flush()
        assert.equal((await publisher.publish(topic, 1, { confirm: 'handled' })).members, 0)
      }
    },
  },
  {
    name: 'a subscription that drains handles what is on its way',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus()]
      const [begun, gate] = [newGate(), newGate()]
      const subscription = bus.subscribe('a', () => {
        begun.open()
        return gate.opened
      })
      await subscription.ready
      const handled = [1, 2].map((number) => publisher.publish('a', number, { confirm: 'handled' }))
      await begun.opened
      const drained = bus.drain()
      gate.open()
      assert.deepEqual(
        (await Promise.all(handled)).map(({ delivered, gone }) => [delivered, gone]),
        [
          [1, 0],
          [1, 0],
        ],
      )
      await drained
    },
  },
  {
    name: 'confirmed messages keep their place among the others, with their headers, in any codec',
    async run(t) {
      for (const codec of [undefined, msgpackCodec()]) {
        const options = codec === undefined ? {} : { codec }
        const [bus, other] = [t.bus(options), t.bus(options)]
        const inbox = await inboxOf(other, 'a')
        const confirmations: Promise<{ delivered: number }>[] = []
        for (let number = 0; number < 300; number += 1) {
          const headers = { number: String(number) }
          if (number % 3 !== 0) bus.publish('a', { number, of: 'shape' }, number % 2 === 0 ? {} : { headers })
          else confirmations.push(bus.publish('a', { number, of: 'shape' }, { confirm: 'handled', headers }))
        }
        const delivered = (await Promise.all(confirmations)).map((confirmation) => confirmation.delivered)
        assert.deepEqual(delivered, Array(100).fill(1))
        await inbox.holds(300)
        assert.deepEqual(
          inbox.data,
          Array.from({ length: 300 }, (_, number) => ({ number, of: 'shape' })),
        )
        assert.equal(inbox.messages[3]?.headers.number, '3')
        for (const each of [bus, other]) await each.close()
      }
    },
  },
  {
    name: 'bytes, nothing, and the longest payload can be confirmed',
    async run(t) {
      const bus = t.bus({ limits: { payloadBytes: 1024 * 1024 }, codec: msgpackCodec() })
      const inbox = await inboxOf(bus, 'a')
      const all = [Uint8Array.of(1, 2, 3), undefined, new Uint8Array(1024 * 1024)]
      for (const data of all) assert.equal((await bus.publish('a', data, { confirm: 'handled' })).delivered, 1)
      assert.deepEqual(
        inbox.data.map((data) => (data instanceof Uint8Array ? data.length : data)),
        [3, undefined, 1024 * 1024],
      )
    },
  },
  {
    name: 'what is published before there is a link is confirmed when there is one, and counted',
    async run(t) {
      const bus = t.bus()
      const inbox = bus.subscribe('a', () => undefined)
      const handled = bus.publish('a', 1, { confirm: 'handled' })
      assert.deepEqual([bus.stats().published, bus.stats().pendingRequests], [1, 1])
      assert.equal((await handled).delivered, 1)
      assert.deepEqual([bus.stats().published, bus.stats().pendingRequests], [1, 0])
      inbox.unsubscribe()
    },
  },
]
