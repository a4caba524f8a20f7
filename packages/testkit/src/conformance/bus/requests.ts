import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { rejectsWith } from '../tools/failures.ts'
import { newGate } from '../tools/gate.ts'
import { inboxOf } from '../tools/inbox.ts'

export const requests: readonly BusCase[] = [
  {
    name: 'a request is answered with what the handler returns or resolves to',
    async run(t) {
      const [bus, responder] = [t.bus(), t.bus()]
      const answers: Record<string, unknown> = { number: 1, text: 'ä', nothing: null, deep: { a: [1, { b: false }] } }
      responder.respond('sync', (key: string) => answers[key])
      await responder.respond('async', async (key: string) => answers[key]).ready
      for (const topic of ['sync', 'async']) {
        for (const [key, answer] of Object.entries(answers)) assert.deepEqual(await bus.request(topic, key), answer)
        assert.equal(await bus.request(topic, 'missing'), undefined)
      }
    },
  },
  {
    name: 'a responder sees data, topic, headers, sender and codec of a request',
    async run(t) {
      const [bus, responder] = [t.bus(), t.bus()]
      await responder.respond('config.get', (data, { topic, headers, from, codec }) => {
        return { data, topic, trace: headers.trace, from, codec }
      }).ready
      const answer = await bus.request('config.get', { key: 'limits' }, { headers: { trace: 'x' }, timeout: 2_000 })
      const from = bus.member?.id
      assert.deepEqual(answer, { data: { key: 'limits' }, topic: 'config.get', trace: 'x', from, codec: 'json' })
    },
  },
  {
    name: 'bytes are answered with bytes',
    async run(t) {
      const bus = t.bus()
      bus.respond('reverse', (bytes: Uint8Array) => new Uint8Array(bytes).reverse())
      assert.deepEqual(await bus.request('reverse', Uint8Array.of(1, 2, 3)), Uint8Array.of(3, 2, 1))
    },
  },
  {
    name: 'a bus answers its own requests, also before it is connected',
    async run(t) {
      const bus = t.bus()
      bus.respond('double', (number: number) => 2 * number)
      assert.equal(await bus.request('double', 21), 42)
    },
  },
  {
    name: 'a responder on a pattern answers all topics that match',
    async run(t) {
      const bus = t.bus()
      bus.respond('config.>', (_, { topic }) => topic)
      assert.equal(await bus.request('config.get'), 'config.get')
      assert.equal(await bus.request('config.a.b'), 'config.a.b')
      await rejectsWith('NO_RESPONDERS', bus.request('config'))
    },
  },
  {
    name: 'with nobody to answer a request fails at once; a subscription does not answer',
    async run(t) {
      const bus = t.bus()
      bus.subscribe('who', () => 'not me')
      const error = await rejectsWith('NO_RESPONDERS', bus.request('who', 1, { timeout: 60_000 }))
      assert.equal(error.topic, 'who')
      assert.match(error.message, /request\("who"\)/)
      assert.equal(bus.stats().pendingRequests, 0)
    },
  },
  {
    name: 'a responder that has ended answers nothing more',
    async run(t) {
      const bus = t.bus()
      const responder = bus.respond('a', () => 1)
      assert.equal(await bus.request('a'), 1)
      responder.unsubscribe()
      await responder.closed
      await rejectsWith('NO_RESPONDERS', bus.request('a'))
      const drained = bus.respond('a', () => 2)
      assert.equal(await bus.request('a'), 2)
      await drained.drain()
      await rejectsWith('NO_RESPONDERS', bus.request('a'))
    },
  },
  {
    name: 'a responder that is drained answers what it has taken',
    async run(t) {
      const [bus, responding] = [t.bus(), t.bus()]
      const [asked, gate] = [newGate(), newGate()]
      const responder = responding.respond('slow', async () => {
        asked.open()
        await gate.opened
        return 'done'
      })
      await responder.ready
      const answer = bus.request('slow')
      await asked.opened
      const drained = responder.drain()
      gate.open()
      await drained
      assert.equal(await answer, 'done')
    },
  },
  {
    name: '64 requests in flight get their own answers, in whatever order these come',
    async run(t) {
      const [bus, responder] = [t.bus(), t.bus()]
      const waiting: (() => void)[] = []
      await responder.respond('square', (number: number) => {
        return new Promise((resolve) => {
          waiting.push(() => resolve(number * number))
          if (waiting.length === 64) for (const answer of waiting.reverse()) answer()
        })
      }).ready
      const numbers = [...Array(64).keys()]
      const answers = await Promise.all(numbers.map((number) => bus.request('square', number)))
      assert.deepEqual(
        answers,
        numbers.map((number) => number * number),
      )
    },
  },
  {
    name: 'responders without a group take turns',
    async run(t) {
      const buses = [t.bus(), t.bus(), t.bus()]
      await Promise.all(buses.map((bus, index) => bus.respond('who', () => index).ready))
      const asking = t.bus()
      const answers: number[] = []
      for (let count = 0; count < 9; count++) answers.push(await asking.request('who'))
      for (const index of [0, 1, 2]) assert.equal(answers.filter((answer) => answer === index).length, 3)
    },
  },
  {
    name: 'responders of a group count as one, and take turns within it',
    async run(t) {
      const [bus, other] = [t.bus(), t.bus()]
      const names = ['a', 'b', 'c']
      await Promise.all(names.map((name) => bus.respond('who', () => name, { group: 'letters' }).ready))
      await other.respond('who', () => 'alone').ready
      const answers: string[] = []
      for (let count = 0; count < 12; count++) answers.push(await bus.request('who'))
      assert.deepEqual(answers.filter((name) => name === 'alone').length, 6)
      for (const name of names) assert.equal(answers.filter((answer) => answer === name).length, 2)
    },
  },
  {
    name: 'a request and its answer may be 1 MiB each',
    async run(t) {
      const [bus, responder] = [t.bus(), t.bus()]
      await responder.respond('echo', (data) => data).ready
      const bytes = new Uint8Array(1024 * 1024).fill(5)
      const answers: unknown[] = await Promise.all([bus.request('echo', bytes), bus.request('echo', bytes)])
      for (const answer of answers) assert.ok(answer instanceof Uint8Array && Buffer.compare(answer, bytes) === 0)
    },
  },
  {
    name: 'a responder and a subscription on one topic do not get each other’s',
    async run(t) {
      const bus = t.bus()
      const inbox = await inboxOf(bus, 'a')
      const asked: unknown[] = []
      bus.respond('a', (data) => void asked.push(data))
      await bus.request('a', 'request')
      bus.publish('a', 'message')
      await inbox.holds(1)
      await bus.request('a', 'request')
      assert.deepEqual(inbox.data, ['message'])
      assert.deepEqual(asked, ['request', 'request'])
    },
  },
  {
    name: 'a request may be made while another is answered',
    async run(t) {
      const [bus, other] = [t.bus(), t.bus()]
      await other.respond('inner', (number: number) => number + 1).ready
      await bus.respond('outer', async (number: number) => 2 * (await bus.request('inner', number))).ready
      assert.equal(await other.request('outer', 4), 10)
    },
  },
  {
    name: 'messages published before a request are routed before it',
    async run(t) {
      const [bus, responder] = [t.bus(), t.bus()]
      let last = 0
      responder.subscribe('count', (number: number) => (last = number))
      await responder.respond('last', () => last).ready
      for (let number = 1; number <= 1000; number++) bus.publish('count', number)
      assert.equal(await bus.request('last'), 1000)
    },
  },
]
