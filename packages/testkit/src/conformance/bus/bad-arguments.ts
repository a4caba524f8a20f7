import assert from 'node:assert/strict'
import type { BusCase, CaseTools } from '../bus-case.ts'
import { callWith, rejectsWith, throwsWith } from '../tools/failures.ts'
import { caughtUp, inboxOf } from '../tools/inbox.ts'
import { reversedCodec } from '../tools/reversed-codec.ts'

const noTopics: readonly unknown[] = [
  undefined,
  null,
  7,
  true,
  {},
  ['a'],
  Symbol('s'),
  () => 'a',
  '',
  '.',
  '.a',
  'a.',
  'a..b',
  ' ',
  'a b',
  'a\tb',
  'a\nb',
  'a\u00a0b',
  '\u2028',
  'a\0b',
  '\u0007',
  'a\u007f',
  '\u0085',
  'x'.repeat(256),
  'é'.repeat(128),
  Array(17).fill('t').join('.'),
  '\ud800',
  'a.\udc00b',
  'a*',
  '*a',
  'a.b>',
  '>.a',
  '>.>',
  '**',
]

const noOptions: readonly unknown[] = [null, 7, 'text', true]

export const badArguments: readonly BusCase[] = [
  {
    name: 'what is no topic is refused by every call',
    async run(t) {
      const bus = t.bus()
      const handler = (): void => undefined
      for (const topic of noTopics) {
        for (const [method, ...rest] of [
          ['publish', 1],
          ['subscribe', handler],
          ['subscribe'],
          ['respond', handler],
        ] as const) {
          const error = throwsWith('BAD_TOPIC', () => callWith(bus, method, topic, ...rest))
          assert.equal(error.topic, typeof topic === 'string' ? topic : undefined)
          assert.ok(error.message.includes(method), error.message)
          assert.doesNotMatch(error.message, /[\p{Cc}\u2028]/u, 'what it prints is escaped')
        }
        await rejectsWith('BAD_TOPIC', promiseOf(callWith(bus, 'once', topic)))
        await rejectsWith('BAD_TOPIC', promiseOf(callWith(bus, 'request', topic, 1)))
      }
      assert.equal(bus.stats().subscriptions, 0)
      assert.equal(bus.stats().published, 0)
    },
  },
  {
    name: 'publishing to a pattern throws, and so does a request to one',
    async run(t) {
      const bus = t.bus()
      for (const pattern of ['*', '>', 'a.*', 'a.>', '*.b', '$sys.>']) {
        throwsWith('BAD_TOPIC', () => bus.publish(pattern, 1))
        await rejectsWith('BAD_TOPIC', bus.request(pattern, 1))
      }
    },
  },
  {
    name: 'topics that start with $ are the broker’s to publish, to answer and to be asked',
    async run(t) {
      const bus = t.bus()
      for (const topic of ['$', '$sys', '$sys.member.joined', '$mine.a']) {
        const error = throwsWith('NOT_ALLOWED', () => bus.publish(topic, 1))
        assert.equal(error.topic, topic)
        throwsWith('NOT_ALLOWED', () => bus.respond(topic, () => 1))
        await rejectsWith('NOT_ALLOWED', bus.request(topic))
      }
      throwsWith('NOT_ALLOWED', () => bus.respond('$sys.>', () => 1))
      const inbox = await inboxOf(bus, '$mine.a')
      await caughtUp(bus, bus)
      assert.deepEqual(inbox.data, [])
    },
  },
  {
    name: 'an event that there is not, and a listener that is none, are refused',
    async run(t) {
      const bus = t.bus()
      for (const name of ['conect', 'message', undefined]) {
        const error = throwsWith('BAD_OPTION', () => callWith(bus, 'on', name, () => undefined))
        assert.match(error.message, /there are connect, disconnect, error, slow, close$/)
      }
      throwsWith('BAD_OPTION', () => callWith(bus, 'on', 'error'))
      await bus.close()
    },
  },
  {
    name: 'options that are none, or that do not exist, are refused by every call',
    async run(t) {
      const bus = t.bus()
      const handler = (): void => undefined
      for (const options of [...noOptions, { grop: 'misspelt' }, ['group'], { __proto__: null, polluted: 1 }]) {
        throwsWith('BAD_OPTION', () => callWith(bus, 'publish', 'a', 1, options))
        throwsWith('BAD_OPTION', () => callWith(bus, 'subscribe', 'a', handler, options))
        throwsWith('BAD_OPTION', () => callWith(bus, 'respond', 'a', handler, options))
        await rejectsWith('BAD_OPTION', promiseOf(callWith(bus, 'once', 'a', options)))
        await rejectsWith('BAD_OPTION', promiseOf(callWith(bus, 'request', 'a', 1, options)))
      }
      assert.equal(bus.stats().subscriptions, 0)
    },
  },
  {
    name: 'what is no handler is refused',
    run(t) {
      const bus = t.bus()
      for (const handler of [null, 7, 'text', true]) {
        throwsWith('BAD_OPTION', () => callWith(bus, 'subscribe', 'a', handler))
      }
      for (const handler of [undefined, null, 7, 'text', {}]) {
        throwsWith('BAD_OPTION', () => callWith(bus, 'respond', 'a', handler))
      }
      throwsWith('BAD_OPTION', () => callWith(bus, 'subscribe', 'a', {}, {}))
      assert.equal(bus.stats().subscriptions, 0)
    },
  },
  {
    name: 'each option is checked, and the error names it',
    async run(t) {
      const bus = t.bus()
      const handler = (): void => undefined
      for (const [option, values] of Object.entries({
        group: [null, 7, '', 'x'.repeat(256), 'é'.repeat(128), '\ud800', {}],
        max: [null, 0, -1, 1.5, NaN, Infinity, '1', 2 ** 32],
        signal: [null, 7, {}, new AbortController()],
      })) {
        for (const value of values) {
          const error = throwsWith('BAD_OPTION', () => callWith(bus, 'subscribe', 'a', handler, { [option]: value }))
          assert.equal(error.option, option)
        }
      }
      for (const value of [null, -1, NaN, Infinity, '5', 2 ** 31]) {
        const once = await rejectsWith('BAD_OPTION', promiseOf(callWith(bus, 'once', 'a', { timeout: value })))
        const request = await rejectsWith('BAD_OPTION', promiseOf(callWith(bus, 'request', 'a', 1, { timeout: value })))
        assert.deepEqual([once.option, request.option], ['timeout', 'timeout'])
      }
      for (const value of [null, 0, 'false', {}]) {
        assert.equal(throwsWith('BAD_OPTION', () => callWith(bus, 'publish', 'a', 1, { echo: value })).option, 'echo')
      }
      throwsWith('BAD_OPTION', () => callWith(bus, 'respond', 'a', handler, { group: '' }))
      await rejectsWith('BAD_OPTION', promiseOf(callWith(bus, 'request', 'a', 1, { signal: {} })))
      await rejectsWith('BAD_OPTION', promiseOf(callWith(bus, 'once', 'a', { signal: {} })))
    },
  },
  {
    name: 'headers that are not an object of strings are refused',
    async run(t) {
      const bus = t.bus()
      for (const headers of [null, 7, 'text', ['a'], { a: 1 }, { a: null }, { a: undefined }, { a: {} }]) {
        throwsWith('UNENCODABLE', () => callWith(bus, 'publish', 'a', 1, { headers }))
        await rejectsWith('UNENCODABLE', promiseOf(callWith(bus, 'request', 'a', 1, { headers })))
      }
    },
  },
  {
    name: 'createBus checks its options, and the error names the one',
    run(t) {
      for (const options of noOptions) throwsWith('BAD_OPTION', () => t.createWith(options))
      const wrong: Record<string, readonly unknown[]> = {
        name: [null, 7, '', 'x'.repeat(256), {}],
        codec: [
          null,
          'json',
          {},
          { ...reversedCodec, decode: undefined },
          { ...reversedCodec, encode: undefined },
          { ...reversedCodec, name: undefined },
          { ...reversedCodec, id: undefined },
          { ...reversedCodec, id: 256 },
          { ...reversedCodec, id: 1.5 },
        ],
        connectTimeout: [null, -1, NaN, '5', Infinity],
        drainTimeout: [null, -1, NaN, '5', Infinity],
        broker: [null, 'remote', 7],
        overflow: [null, 'drop', 'DROP-OLDEST', true, 7, {}],
        conflate: [null, 'topics', true, 7, {}],
        limits: [null, 7, 'text'],
        misspelt: [1],
      }
      for (const [option, values] of Object.entries(wrong)) {
        for (const value of values) refuses(t, { [option]: value }, option)
      }
      for (const value of [0, -1, 1.5, NaN, Infinity, '1', null, 2 ** 31]) {
        refuses(t, { limits: { payloadBytes: value } }, 'limits.payloadBytes')
      }
      refuses(t, { limits: { payload: 1 } }, 'limits.payload')
      refuses(t, { limits: JSON.parse('{"__proto__":1}') }, 'limits.__proto__')
    },
  },
  {
    name: 'a codec of the app’s own may not take the number of one of clusterbus’s',
    run(t) {
      for (const id of [0, 1]) refuses(t, { codec: { ...reversedCodec, id } }, 'codec')
    },
  },
  {
    name: 'a bus has no more subscriptions than limits.subscriptions',
    async run(t) {
      const bus = t.bus({ limits: { subscriptions: 2 } })
      const first = bus.subscribe('a', () => undefined)
      bus.respond('b', () => undefined)
      const error = throwsWith('QUEUE_FULL', () => bus.subscribe('c', () => undefined))
      assert.equal(error.limit, 2)
      throwsWith('QUEUE_FULL', () => bus.respond('c', () => undefined))
      await rejectsWith('QUEUE_FULL', bus.once('c'))
      first.unsubscribe()
      await bus.subscribe('c', () => undefined).ready
    },
  },
]

function refuses(t: CaseTools, options: unknown, option: string): void {
  const error = throwsWith('BAD_OPTION', () => t.createWith(options))
  assert.equal(error.option, option, error.message)
  assert.ok(error.message.length > 10)
}

function promiseOf(value: unknown): Promise<unknown> {
  assert.ok(value instanceof Promise, 'it must not throw in the call itself')
  return value
}
