import type { Bus } from '@clusterbus/client'
import assert from 'node:assert/strict'
import type { BusCase } from '../bus-case.ts'
import { throwsWith } from '../tools/failures.ts'
import { caughtUp, inboxOf } from '../tools/inbox.ts'

const mebibyte = 1024 * 1024

export const payloads: readonly BusCase[] = [
  {
    name: 'what JSON has arrives as it was',
    async run(t) {
      const [bus, other] = [t.bus(), t.bus()]
      const inbox = await inboxOf(other, 'a')
      const values = [
        null,
        true,
        0,
        -1.5,
        '',
        'text',
        '\u2028\ud800"\\\0\n',
        'ü'.repeat(5000),
        [],
        {},
        [null, [1]],
        { a: { b: [] } },
      ]
      for (const value of values) bus.publish('a', value)
      await inbox.holds(values.length)
      assert.deepEqual(inbox.data, values)
    },
  },
  {
    name: 'what JSON changes arrives changed: dates as text, undefined in objects not at all',
    async run(t) {
      const bus = t.bus()
      const seen = bus.once('a')
      const moment = { toJSON: () => 'a moment' }
      bus.publish('a', { moment, nothing: undefined, list: [undefined], number: NaN })
      assert.deepEqual((await seen).data, { moment: 'a moment', list: [null], number: null })
    },
  },
  {
    name: 'undefined and empty bytes arrive as what they are',
    async run(t) {
      const bus = t.bus()
      const inbox = await inboxOf(bus, 'a')
      bus.publish('a', undefined)
      bus.publish('a', new Uint8Array())
      bus.publish('a', undefined, { headers: {} })
      await inbox.holds(3)
      assert.deepEqual(inbox.data, [undefined, new Uint8Array(), undefined])
      assert.deepEqual(
        inbox.messages.map(({ codec }) => codec),
        ['json', 'bytes', 'json'],
      )
    },
  },
  {
    name: 'what JSON does not take is refused at once, with the reason',
    async run(t) {
      const bus = t.bus()
      const cycle: { self?: unknown } = {}
      cycle.self = cycle
      const failing = { toJSON: () => assert.fail('no') }
      for (const data of [() => 1, Symbol('s'), 1n, { deep: [1n] }, cycle, failing]) {
        const error = throwsWith('UNENCODABLE', () => bus.publish('a', data))
        assert.equal(error.topic, 'a')
        assert.equal(error.codec, 'json')
        assert.ok(error.cause instanceof Error)
        assert.match(error.message, /publish\("a"\)/)
      }
      const inbox = await inboxOf(bus, 'a')
      bus.publish('a', 'after')
      await inbox.holds(1)
      assert.deepEqual(inbox.data, ['after'])
    },
  },
  {
    name: 'data is what it was when it was published, whatever becomes of it',
    async run(t) {
      const bus = t.bus()
      const inbox = await inboxOf(bus, 'a')
      const bytes = Uint8Array.of(1, 2, 3)
      const object = { count: 1 }
      bus.publish('a', bytes)
      bus.publish('a', object)
      bytes.fill(9)
      object.count = 9
      await inbox.holds(2)
      assert.deepEqual(inbox.data, [Uint8Array.of(1, 2, 3), { count: 1 }])
    },
  },
  {
    name: 'bytes arrive as a Uint8Array of the receiver’s own',
    async run(t) {
      const [bus, other] = [t.bus(), t.bus()]
      const seen: Uint8Array[] = []
      const spoil = (data: Uint8Array): void => {
        seen.push(data.slice())
        data.fill(0)
        new Uint8Array(data.buffer).fill(0)
      }
      bus.subscribe('a', spoil)
      other.subscribe('a', spoil)
      await Promise.all([bus.flush(), other.flush()])
      const pooled = Buffer.from('pooled bytes')
      for (let count = 0; count < 5; count++) bus.publish('a', pooled)
      await caughtUp(bus, bus, other)
      assert.equal(seen.length, 10)
      for (const data of seen) {
        assert.equal(Object.getPrototypeOf(data), Uint8Array.prototype)
        assert.equal(Buffer.from(data).toString(), 'pooled bytes')
      }
      assert.equal(pooled.toString(), 'pooled bytes')
    },
  },
  {
    name: 'all 256 bytes pass, also as a view of a part of a buffer',
    async run(t) {
      const bus = t.bus()
      const inbox = await inboxOf(bus, 'a')
      const all = Uint8Array.from({ length: 256 }, (_, index) => index)
      bus.publish('a', all)
      bus.publish('a', all.subarray(10, 20))
      await inbox.holds(2)
      assert.deepEqual(inbox.data, [all, all.slice(10, 20)])
    },
  },
  {
    name: 'a payload of 1 MiB passes and one byte more does not',
    async run(t) {
      const bus = t.bus()
      const inbox = await inboxOf(bus, 'a')
      bus.publish('a', new Uint8Array(mebibyte).fill(7))
      assert.equal(await sizeRefused(bus, new Uint8Array(mebibyte + 1)), mebibyte)
      bus.publish('a', 'x'.repeat(mebibyte - 2))
      assert.equal(await sizeRefused(bus, 'x'.repeat(mebibyte - 1)), mebibyte)
      bus.publish('a', 'é'.repeat(mebibyte / 2 - 1))
      assert.equal(await sizeRefused(bus, 'é'.repeat(mebibyte / 2)), mebibyte)
      await inbox.holds(3)
      const [bytes, text, accents] = inbox.data
      assert.ok(bytes instanceof Uint8Array && bytes.length === mebibyte && bytes.every((byte) => byte === 7))
      assert.equal(text, 'x'.repeat(mebibyte - 2))
      assert.equal(accents, 'é'.repeat(mebibyte / 2 - 1))
    },
  },
  {
    name: 'limits.payloadBytes bounds what a bus publishes, to the byte',
    async run(t) {
      const bus = t.bus({ limits: { payloadBytes: 10 } })
      const inbox = await inboxOf(bus, 'a')
      bus.publish('a', 'äöü12')
      await assert.rejects(async () => bus.publish('a', 'äöü123'), { code: 'PAYLOAD_TOO_LARGE', bytes: 11, limit: 10 })
      bus.publish('a', new Uint8Array(10))
      throwsWith('PAYLOAD_TOO_LARGE', () => bus.publish('a', new Uint8Array(11)))
      await inbox.holds(2)
    },
  },
  {
    name: 'a bus that publishes little may receive much',
    async run(t) {
      const [small, large] = [t.bus({ limits: { payloadBytes: 10 } }), t.bus()]
      const inbox = await inboxOf(small, 'a')
      large.publish('a', 'x'.repeat(100_000))
      await inbox.holds(1)
      assert.equal(inbox.data[0], 'x'.repeat(100_000))
      assert.equal(small.stats().connects, 1)
    },
  },
  {
    name: 'headers take 16 KiB and no more',
    async run(t) {
      const bus = t.bus()
      const seen = bus.once('a')
      const most = 16 * 1024 - '{"h":""}'.length
      const error = throwsWith('PAYLOAD_TOO_LARGE', () => bus.publish('a', 1, { headers: { h: 'x'.repeat(most + 1) } }))
      assert.equal(error.limit, 16 * 1024)
      bus.publish('a', new Uint8Array(mebibyte), { headers: { h: 'x'.repeat(most) } })
      assert.equal((await seen).headers.h?.length, most)
    },
  },
  {
    name: 'names like __proto__ in data and headers are names and nothing else',
    async run(t) {
      const bus = t.bus()
      const seen = bus.once('a')
      const hostile: unknown = JSON.parse(
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
      )
      const headers: Record<string, string> = Object.fromEntries([
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ])
      bus.publish('a', hostile, { headers })
      const message = await seen
      assert.equal(Reflect.get({}, 'polluted'), undefined)
      assert.equal(Object.getPrototypeOf(message.data), Object.prototype)
      assert.ok(Object.hasOwn(message.data, '__proto__'))
      assert.deepEqual(Object.entries(message.headers), [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ])
      assert.equal('toString' in message.headers, false)
      assert.equal(Object.getPrototypeOf(message.headers), null)
    },
  },
]

async function sizeRefused(bus: Bus, data: unknown): Promise<number | undefined> {
  const error = throwsWith('PAYLOAD_TOO_LARGE', () => bus.publish('a', data))
  assert.match(error.message, /publish\("a"\)/)
  assert.ok((error.bytes ?? 0) > (error.limit ?? 0))
  // Nothing of it may have been written.
  await bus.flush()
  return error.limit
}
