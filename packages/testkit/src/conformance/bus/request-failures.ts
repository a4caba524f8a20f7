import type { BusError } from '@clusterbus/client'
import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { rejectsWith } from '../tools/failures.ts'
import { newGate } from '../tools/gate.ts'

export const requestFailures: readonly BusCase[] = [
  {
    name: 'what a handler throws or rejects with arrives as the cause: name, message and code',
    async run(t) {
      const [bus, responder] = [t.bus(), t.bus()]
      const thrown = Object.assign(new TypeError('no such key'), { code: 'ENOKEY' })
      responder.respond('sync', () => {
        throw thrown
      })
      await responder.respond('async', () => Promise.reject(thrown)).ready
      for (const topic of ['sync', 'async']) {
        const error = await rejectsWith('REMOTE_ERROR', bus.request(topic))
        assert.equal(error.topic, topic)
        assert.match(error.message, /no such key/)
        const { cause } = error
        assert.ok(cause instanceof Error)
        assert.equal(cause.name, 'TypeError')
        assert.equal(cause.message, 'no such key')
        assert.ok('code' in cause)
        assert.equal(cause.code, 'ENOKEY')
      }
    },
  },
  {
    name: 'whatever a handler throws reaches the requester, and the responder goes on',
    async run(t) {
      const bus = t.bus()
      const symbolic = Object.assign(new Error('fine'), { name: Symbol('odd') })
      const throwing = new Proxy(
        {},
        {
          get() {
            throw new Error('do not touch')
          },
        },
      )
      const things = ['text', 7, null, undefined, Symbol('s'), { a: 1 }, Object.create(null), symbolic, throwing]
      for (const topic of ['sync', 'async']) {
        bus.respond(topic, (index: number) => {
          if (topic === 'async') return Promise.reject(things[index])
          throw things[index]
        })
        for (const index of things.keys()) {
          const error = await rejectsWith('REMOTE_ERROR', bus.request(topic, index))
          assert.ok(error.cause instanceof Error)
        }
      }
      const { cause } = await rejectsWith('REMOTE_ERROR', bus.request('sync', 0))
      assert.ok(cause instanceof Error)
      assert.equal(cause.message, 'text')
    },
  },
  {
    name: 'an answer that cannot be encoded is a failure of the responder',
    async run(t) {
      const bus = t.bus({ limits: { payloadBytes: 1000 } })
      const cycle: { self?: unknown } = {}
      cycle.self = cycle
      const answers = [() => undefined, 10n, Symbol('s'), cycle]
      bus.respond('answer', (index: number) => answers[index])
      bus.respond('long', () => 'x'.repeat(2000))
      for (const index of answers.keys()) assert.equal(await codeOfCause(bus.request('answer', index)), 'UNENCODABLE')
      assert.equal(await codeOfCause(bus.request('long')), 'PAYLOAD_TOO_LARGE')
    },
  },
  {
    name: 'a request that is not answered in time fails, and a late answer is nobody’s',
    async run(t) {
      const [bus, responder] = [t.bus(), t.bus()]
      const gate = newGate()
      await responder.respond('slow', async () => {
        await gate.opened
        return 'late'
      }).ready
      await bus.ready()
      const error = await rejectsWith('TIMEOUT', bus.request('slow', 1, { timeout: 10 }))
      assert.equal(error.timeoutMs, 10)
      assert.equal(error.topic, 'slow')
      assert.equal(bus.stats().pendingRequests, 0)
      gate.open()
      await responder.flush()
      assert.equal(await bus.request('slow'), 'late')
    },
  },
  {
    name: 'a responder whose bus closes is lost to those who wait for it',
    async run(t) {
      const [bus, responder] = [t.bus(), t.bus()]
      const asked = newGate()
      await responder.respond('slow', () => {
        asked.open()
        return new Promise(() => undefined)
      }).ready
      const lost = rejectsWith('RESPONDER_LOST', bus.request('slow', 1, { timeout: 60_000 }))
      await asked.opened
      await responder.close()
      assert.equal((await lost).topic, 'slow')
    },
  },
  {
    name: 'a responder that is drained with its bus is not lost',
    async run(t) {
      const [bus, responder] = [t.bus(), t.bus()]
      const [asked, gate] = [newGate(), newGate()]
      await responder.respond('slow', async () => {
        asked.open()
        await gate.opened
        return 'done'
      }).ready
      const answer = bus.request('slow')
      await asked.opened
      const drained = responder.drain()
      gate.open()
      assert.equal(await answer, 'done')
      await drained
    },
  },
  {
    name: 'a signal ends a request, aborted before or while it waits',
    async run(t) {
      const bus = t.bus()
      const [asked, gate] = [newGate(), newGate()]
      const reason = new Error('enough')
      let calls = 0
      bus.respond('slow', async () => {
        calls += 1
        asked.open()
        await gate.opened
      })
      const before = await rejectsWith('ABORTED', bus.request('slow', 1, { signal: AbortSignal.abort(reason) }))
      assert.equal(before.cause, reason)
      const controller = new AbortController()
      const answer = bus.request('slow', 1, { signal: controller.signal })
      await asked.opened
      controller.abort(reason)
      const during = await rejectsWith('ABORTED', answer)
      assert.equal(during.cause, reason)
      assert.equal(during.topic, 'slow')
      assert.equal(bus.stats().pendingRequests, 0)
      assert.equal(calls, 1)
      gate.open()
    },
  },
  {
    name: 'requests that wait when their bus closes reject',
    async run(t) {
      const [bus, responder] = [t.bus(), t.bus()]
      const asked = newGate()
      await responder.respond('slow', () => {
        asked.open()
        return new Promise(() => undefined)
      }).ready
      const answers = [bus.request('slow'), bus.request('slow')]
      await asked.opened
      const outcomes = Promise.all(answers.map((answer) => rejectsWith('CLOSED', answer)))
      await bus.close()
      await outcomes
    },
  },
  {
    name: 'no more requests wait than limits.pendingRequests',
    async run(t) {
      const bus = t.bus({ limits: { pendingRequests: 2 } })
      const gate = newGate()
      bus.respond('slow', () => gate.opened)
      const waiting = [bus.request('slow'), bus.request('slow')]
      const error = await rejectsWith('QUEUE_FULL', bus.request('slow'))
      assert.equal(error.limit, 2)
      gate.open()
      await Promise.all(waiting)
      assert.equal(await bus.request('slow'), undefined)
    },
  },
  {
    name: 'a request that cannot be sent rejects and does not throw',
    async run(t) {
      const bus = t.bus({ limits: { payloadBytes: 1000 } })
      bus.respond('a', () => 1)
      await rejectsWith(
        'UNENCODABLE',
        bus.request('a', () => 1),
      )
      await rejectsWith('PAYLOAD_TOO_LARGE', bus.request('a', 'x'.repeat(1001)))
      await rejectsWith('BAD_TOPIC', bus.request('a b', 1))
      await rejectsWith('NOT_ALLOWED', bus.request('$sys.members'))
      assert.equal(bus.stats().pendingRequests, 0)
      assert.equal(await bus.request('a'), 1)
    },
  },
]

async function codeOfCause(answer: Promise<unknown>): Promise<unknown> {
  const { cause }: BusError = await rejectsWith('REMOTE_ERROR', answer)
  assert.ok(cause instanceof Error && 'code' in cause)
  return cause.code
}
