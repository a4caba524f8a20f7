import type { Bus, BusError } from '@clusterbus/client'
import { msgpackCodec } from '@clusterbus/codec-msgpack'
import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { nextError, rejectsWith, throwsWith } from '../tools/failures.ts'
import { inboxOf } from '../tools/inbox.ts'
import { reversedCodec, unreadableCodec } from '../tools/reversed-codec.ts'

export const codecs: readonly BusCase[] = [
  {
    name: 'members with different codecs share one bus, as far as the receiver has the codec',
    async run(t) {
      const [reversed, json] = [t.bus({ codec: reversedCodec }), t.bus()]
      const errors: BusError[] = []
      json.on('error', (error) => errors.push(error))
      const [byBoth, byJson] = [await inboxOf(reversed, 'a'), await inboxOf(json, 'a')]
      reversed.publish('a', { in: 'reverse' })
      json.publish('a', { in: 'json' })
      reversed.publish('a', Uint8Array.of(1))
      await byBoth.holds(3)
      await byJson.holds(2)
      await reversed.flush()
      assert.deepEqual(byBoth.messages.map(({ codec }) => codec).sort(), ['bytes', 'json', 'reversed'])
      assert.deepEqual(byJson.messages.map(({ codec }) => codec).sort(), ['bytes', 'json'])
      assert.deepEqual(
        errors.map(({ code, topic, codec }) => [code, topic, codec]),
        [['UNKNOWN_CODEC', 'a', '200']],
      )
      assert.equal(json.stats().undecodable, 1)
      assert.equal(json.stats().received, 2)
    },
  },
  {
    name: 'what cannot be decoded is reported where it arrives, and stops nothing',
    async run(t) {
      const [bus, publisher] = [t.bus({ codec: unreadableCodec }), t.bus()]
      const inbox = await inboxOf(bus, 'a')
      const reported = nextError(bus)
      bus.publish('a', 'unreadable')
      const error = await reported
      assert.equal(error.code, 'UNDECODABLE')
      assert.equal(error.topic, 'a')
      assert.equal(error.codec, 'unreadable')
      assert.ok(error.cause instanceof RangeError)
      publisher.publish('a', 'readable')
      await inbox.holds(1)
      assert.deepEqual(inbox.data, ['readable'])
      assert.equal(bus.stats().undecodable, 1)
    },
  },
  {
    name: 'a member of a group that cannot read its last message ends all the same',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus({ codec: reversedCodec })]
      const reported = nextError(bus)
      const subscription = bus.subscribe('a', () => undefined, { group: 'g', max: 1 })
      await subscription.ready
      publisher.publish('a', 1)
      assert.equal((await reported).code, 'UNKNOWN_CODEC')
      await subscription.closed
    },
  },
  {
    name: 'a message that nobody here wants is not decoded',
    async run(t) {
      const [bus, publisher] = [t.bus(), t.bus({ codec: unreadableCodec })]
      await inboxOf(publisher, 'other')
      publisher.publish('a', 1)
      await caughtUpIn(publisher, bus)
      assert.equal(bus.stats().undecodable, 0)
    },
  },
  {
    name: 'requests and replies cross codecs, and fail where one is missing',
    async run(t) {
      const [reversed, json] = [t.bus({ codec: reversedCodec }), t.bus()]
      await reversed.respond('reversed', (data) => ({ data })).ready
      await json.respond('json', (data) => ({ data })).ready
      await rejectsWith('UNKNOWN_CODEC', json.request('reversed', 1))
      await rejectsWith('UNKNOWN_CODEC', reversed.request('json', 1))
      assert.deepEqual(await reversed.request('json', Uint8Array.of(1)), { data: { 0: 1 } })
      assert.deepEqual(await reversed.request('reversed', 1), { data: 1 })
      const unreadable = t.bus({ codec: unreadableCodec })
      await unreadable.respond('unreadable', () => 1).ready
      await rejectsWith('UNDECODABLE', unreadable.request('unreadable'))
    },
  },
  {
    name: 'a failure reaches requesters of any codec',
    async run(t) {
      const [reversed, json] = [t.bus({ codec: reversedCodec }), t.bus()]
      await reversed.respond('fails', () => Promise.reject(new RangeError('too far'))).ready
      const { cause } = await rejectsWith('REMOTE_ERROR', json.request('fails', Uint8Array.of(1)))
      assert.ok(cause instanceof Error)
      assert.equal(cause.name, 'RangeError')
    },
  },
  {
    name: 'what a codec throws when it encodes is UNENCODABLE, whatever it is',
    run(t) {
      const thrown: unknown[] = [new Error('no'), 'text', undefined, Object.create(null)]
      const encode = (data: unknown): string => {
        throw thrown[Number(data)]
      }
      const bus = t.bus({ codec: { ...reversedCodec, encode } })
      for (const index of thrown.keys()) {
        const error = throwsWith('UNENCODABLE', () => bus.publish('a', index))
        assert.equal(error.cause, thrown[index])
        assert.equal(error.codec, 'reversed')
      }
    },
  },
  {
    name: 'msgpack carries what JSON has not: dates, maps, sets, big integers, undefined, errors, cycles',
    async run(t) {
      const [bus, other] = [t.bus({ codec: msgpackCodec() }), t.bus({ codec: msgpackCodec() })]
      const seen = other.once('a')
      await other.flush()
      const cycle: { self?: unknown } = {}
      cycle.self = cycle
      const map = new Map<unknown, unknown>([[{ key: 1 }, new Set([1, 'a'])]])
      const data = { map, big: 2n ** 70n, nothing: undefined, floats: Float32Array.of(1.5), pattern: /a+/giu, cycle }
      bus.publish('a', data)
      const message = await seen
      assert.equal(message.codec, 'msgpack')
      assert.deepEqual(message.data, data)
    },
  },
  {
    name: 'JSON, msgpack and bytes are mixed in one subscription, in order',
    async run(t) {
      const [json, msgpack] = [t.bus(), t.bus({ codec: msgpackCodec() })]
      const inbox = await inboxOf(msgpack, 'a')
      const errors = new Promise<BusError>((resolve) => json.on('error', resolve))
      await inboxOf(json, 'a')
      json.publish('a', { from: 'json' })
      await json.flush()
      msgpack.publish('a', Uint8Array.of(7))
      msgpack.publish('a', new Map([[1, 2]]))
      await inbox.holds(3)
      assert.deepEqual(inbox.data, [{ from: 'json' }, Uint8Array.of(7), new Map([[1, 2]])])
      assert.equal((await errors).code, 'UNKNOWN_CODEC')
    },
  },
]

/** Both write in codecs that the other cannot read; bytes pass everywhere. */
async function caughtUpIn(publisher: Bus, bus: Bus): Promise<void> {
  const inbox = await inboxOf(bus, 'bytes')
  publisher.publish('bytes', Uint8Array.of(1))
  await inbox.holds(1)
}
