import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { callWith, rejectsWith, throwsWith } from '../tools/failures.ts'
import { newGate } from '../tools/gate.ts'
import { caughtUp, inboxOf } from '../tools/inbox.ts'
import { reversedCodec, unreadableCodec } from '../tools/reversed-codec.ts'

export const confirmingFailures: readonly BusCase[] = [
  {
    name: 'a member in which one handler throws or rejects has failed, and the others have not',
    async run(t) {
      const [bus, throwing, rejecting] = [t.bus(), t.bus(), t.bus()]
      const codes: string[] = []
      for (const each of [throwing, rejecting]) each.on('error', ({ code }) => codes.push(code))
      throwing.subscribe('a', () => {
        throw new Error('broken')
      })
      rejecting.subscribe('*', () => Promise.reject(new Error('broken')))
      for (const each of [bus, throwing, rejecting]) await each.subscribe('a', () => undefined).ready
      const confirmation = await bus.publish('a', 1, { confirm: 'handled' })
      assert.deepEqual(confirmation, { members: 3, delivered: 1, failed: 2, gone: 0 })
      assert.deepEqual(codes, ['HANDLER_FAILED', 'HANDLER_FAILED'])
    },
  },
  {
    name: 'a member that cannot decode the data has failed',
    async run(t) {
      const [bus, without, broken] = [t.bus({ codec: reversedCodec }), t.bus(), t.bus({ codec: unreadableCodec })]
      const codes: string[] = []
      for (const each of [without, broken]) {
        each.on('error', ({ code }) => codes.push(code))
        await each.subscribe('a', () => undefined, { group: each === broken ? 'g' : 'h' }).ready
      }
      const confirmation = await bus.publish('a', 1, { confirm: 'handled' })
      assert.deepEqual(confirmation, { members: 2, delivered: 0, failed: 2, gone: 0 })
      assert.deepEqual(codes, ['UNKNOWN_CODEC', 'UNKNOWN_CODEC'])
    },
  },
  {
    name: 'a member in which a full subscription drops the message has failed',
    async run(t) {
      const [bus, publisher] = [t.bus({ limits: { queuedMessages: 1 } }), t.bus()]
      const gate = newGate()
      await bus.subscribe('a', () => gate.opened, { overflow: 'drop-newest' }).ready
      for (const number of [1, 2]) publisher.publish('a', number)
      const confirmation = await publisher.publish('a', 3, { confirm: 'handled' })
      assert.deepEqual(confirmation, { members: 1, delivered: 0, failed: 1, gone: 0 })
      gate.open()
    },
  },
  {
    name: 'a member that leaves before it is through is gone, and what it drops with that is not delivered',
    async run(t) {
      const [bus, leaving] = [t.bus(), t.bus()]
      const begun = newGate()
      await leaving.subscribe('a', () => {
        begun.open()
        return new Promise(() => undefined)
      }).ready
      const handled = [1, 2].map((number) => bus.publish('a', number, { confirm: 'handled' }))
      await begun.opened
      await leaving.close()
      assert.deepEqual(await Promise.all(handled), Array(2).fill({ members: 1, delivered: 0, failed: 0, gone: 1 }))
    },
  },
  {
    name: 'a message that is not handled in time was published all the same, and late news of it is nobody’s',
    async run(t) {
      const [bus, slow] = [t.bus(), t.bus()]
      const gate = newGate()
      const inbox = await inboxOf(slow, 'a')
      await slow.subscribe('a', () => gate.opened).ready
      await bus.ready()
      const error = await rejectsWith('TIMEOUT', bus.publish('a', 1, { confirm: 'handled', timeout: 20 }))
      assert.deepEqual([error.timeoutMs, error.topic], [20, 'a'])
      assert.match(error.message, /publish\("a"\)/)
      assert.equal(bus.stats().pendingRequests, 0)
      gate.open()
      await caughtUp(bus, slow)
      assert.deepEqual(inbox.data, [1])
      assert.equal((await bus.publish('a', 2, { confirm: 'handled' })).delivered, 1)
    },
  },
  {
    name: 'a signal ends the wait; aborted before the call, nothing is published',
    async run(t) {
      const bus = t.bus()
      const [begun, reason] = [newGate(), new Error('enough')]
      const seen: unknown[] = []
      bus.subscribe('a', (data) => {
        seen.push(data)
        begun.open()
        return new Promise(() => undefined)
      })
      const signal = AbortSignal.abort(reason)
      const before = await rejectsWith('ABORTED', bus.publish('a', 1, { confirm: 'handled', signal }))
      assert.equal(before.cause, reason)
      const controller = new AbortController()
      const handled = bus.publish('a', 2, { confirm: 'handled', signal: controller.signal })
      await begun.opened
      controller.abort(reason)
      const during = await rejectsWith('ABORTED', handled)
      assert.deepEqual([during.cause, during.topic], [reason, 'a'])
      assert.deepEqual([bus.stats().pendingRequests, bus.stats().published], [0, 1])
      assert.deepEqual(seen, [2])
    },
  },
  {
    name: 'messages that wait to be confirmed when their bus closes reject',
    async run(t) {
      const [bus, other] = [t.bus(), t.bus()]
      const begun = newGate()
      await other.subscribe('a', () => {
        begun.open()
        return new Promise(() => undefined)
      }).ready
      const waiting = rejectsWith('CLOSED', bus.publish('a', 1, { confirm: 'handled' }))
      await begun.opened
      await bus.close()
      assert.equal((await waiting).topic, 'a')
      throwsWith('CLOSED', () => bus.publish('a', 1, { confirm: 'handled' }))
    },
  },
  {
    name: 'no more confirmations and requests wait than limits.pendingRequests; what is refused is not published',
    async run(t) {
      const bus = t.bus({ limits: { pendingRequests: 2 } })
      const gate = newGate()
      bus.respond('a', () => gate.opened)
      bus.subscribe('a', () => gate.opened)
      const waiting = [bus.publish('a', 1, { confirm: 'handled' }), bus.request('a')]
      assert.equal(throwsWith('QUEUE_FULL', () => bus.publish('a', 2, { confirm: 'routed' })).limit, 2)
      assert.equal(bus.stats().published, 1)
      gate.open()
      await Promise.all(waiting)
      assert.equal((await bus.publish('a', 3, { confirm: 'routed' })).delivered, 1)
    },
  },
  {
    name: 'what cannot be published throws in the call itself, and is not published',
    async run(t) {
      const bus = t.bus({ limits: { payloadBytes: 1000 } })
      const inbox = await inboxOf(bus, '>')
      const confirm = 'handled'
      throwsWith('BAD_TOPIC', () => bus.publish('a b', 1, { confirm }))
      throwsWith('NOT_ALLOWED', () => bus.publish('$sys.members', 1, { confirm }))
      throwsWith('UNENCODABLE', () => bus.publish('a', () => 1, { confirm }))
      throwsWith('UNENCODABLE', () => callWith(bus, 'publish', 'a', 1, { confirm, headers: { a: 1 } }))
      throwsWith('PAYLOAD_TOO_LARGE', () => bus.publish('a', 'x'.repeat(1001), { confirm }))
      await caughtUp(bus, bus)
      assert.deepEqual(inbox.topics, ['conformance-mark'])
      assert.equal(bus.stats().pendingRequests, 0)
    },
  },
  {
    name: 'each option of a confirmed publish is checked, and none does nothing',
    run(t) {
      const bus = t.bus()
      const wrong: Record<string, readonly unknown[]> = {
        confirm: [null, true, '', 'delivered', 'Routed', 1, {}, ['routed']],
        timeout: [null, -1, NaN, Infinity, '5', 2 ** 31],
        signal: [null, 7, {}, new AbortController()],
        echo: [null, 0, 'false'],
      }
      for (const [option, values] of Object.entries(wrong)) {
        for (const value of values) {
          const options = { confirm: 'routed', [option]: value }
          assert.equal(throwsWith('BAD_OPTION', () => callWith(bus, 'publish', 'a', 1, options)).option, option)
        }
      }
      for (const options of [{ timeout: 5 }, { signal: new AbortController().signal }]) {
        assert.match(throwsWith('BAD_OPTION', () => callWith(bus, 'publish', 'a', 1, options)).message, /confirm/)
      }
      assert.equal(callWith(bus, 'publish', 'a', 1, { confirm: undefined, timeout: undefined }), true)
    },
  },
]
