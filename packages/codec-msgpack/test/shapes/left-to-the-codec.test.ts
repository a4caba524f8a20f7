import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../../src/index.ts'
import { pass } from '../support/pass.ts'
import { encodedAt, keysOf, ShapedPair, withKeys } from '../support/shaped-pair.ts'

const codec = msgpackCodec()
const known = { a: 1, b: 'two', c: true }

class Instance {
  a = 1
  b = 'two'
  c = true
}

/** The keys of `known`, so that only the value in the middle can be the reason. */
const fields: Record<string, unknown> = {
  'an object': { nested: 1 },
  'an empty object': {},
  'an array': [1],
  undefined: undefined,
  '-0': -0,
  'a big integer': 5n,
  'a date': new Date(5),
  'a buffer': Buffer.from('x'),
  'a map': new Map(),
  'an error': new Error('x'),
  'a boxed number': Object(1),
  'a function': () => 1,
  'a symbol': Symbol('x'),
  'the first half of a surrogate pair': 'x\ud83d',
  'the second half of a surrogate pair': '\ude00',
  'halves of surrogate pairs in the wrong order': '\ude00\ud83d',
  'text that begins with a byte order mark': '\ufeffx',
  'a byte order mark alone': '\ufeff',
  'text that has no room': 'x'.repeat(16 * 1024),
  'text that has no room in UTF-8': '€'.repeat(6000),
}

const wholes: Record<string, unknown> = {
  null: null,
  undefined: undefined,
  'a number': 1,
  'a text': 'text',
  'a big integer': 1n,
  'a function': () => 1,
  'a symbol': Symbol('x'),
  'an array': [1, 'two', true],
  'a map': new Map([['a', 1]]),
  'a date': new Date(5),
  'a buffer': Buffer.from('abc'),
  'an error': new Error('x'),
  'a promise': Promise.resolve(),
  'an instance of a class': new Instance(),
  'an object that inherits': Object.create(known),
  'an object with toJSON': { ...known, toJSON: () => 1 },
  'an object whose toJSON is hidden': Object.defineProperty({ ...known }, 'toJSON', { value: () => 1 }),
  'an empty object': {},
  'an own key __proto__': JSON.parse('{"a":1,"__proto__":"two","c":true}'),
  'a key of half a surrogate pair': { a: 1, 'b\ud83d': 2 },
  'more keys than a shape may have': withKeys(keysOf('k', 65)),
  'short fields that have no room together': withKeys(keysOf('k', 60), 'x'.repeat(300)),
}

const failures: Record<string, object> = {
  'a getter that throws': {
    a: 1,
    get b() {
      throw new Error('getter')
    },
    c: true,
  },
  'a toJSON that cannot be read': {
    ...known,
    get toJSON() {
      throw new Error('toJSON')
    },
  },
  'a proxy that was revoked': revoked(),
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

describe.each([
  ['before any shape is known', () => new ShapedPair(codec)],
  ['when its shape is known', () => new ShapedPair(codec).learn(known)],
])('%s', (_, newPair) => {
  test.each(Object.entries(fields))('an object with %s in it is left to the codec', (_name, b) => {
    const pair = newPair()
    for (let times = 0; times < 40; times += 1) expect(pair.encode({ a: 1, b, c: true })).toBeUndefined()
    expectUnharmed(pair)
  })

  test.each(Object.entries(wholes))('%s: it is left to the codec', (_name, data) => {
    const pair = newPair()
    for (let times = 0; times < 40; times += 1) expect(pair.encode(data)).toBeUndefined()
    expectUnharmed(pair)
  })

  test.each(Object.entries(failures))('%s: it is left to the codec, which says what is wrong', (_name, data) => {
    const pair = newPair()
    for (let times = 0; times < 40; times += 1) expect(pair.encode(data)).toBeUndefined()
    expectUnharmed(pair)
  })
})

describe('room', () => {
  const samples: Record<string, unknown>[] = [
    { a: 1, b: 'two', c: true },
    { a: 'ä€😀', b: 0.1, c: null },
    { a: 'x'.repeat(40), b: 2 ** 32 - 1, c: -1 },
    { a: 200, b: 1, c: 200 },
    { a: 1000, b: 1, c: 1000 },
    { a: 2 ** 31, b: 1, c: 2 ** 31 },
    { a: 0.1, b: 1, c: 0.1 },
    { a: 1, b: 2, c: 'xyz' },
    { a: 1, b: 2, c: 'ä€😀' },
  ]

  test('what has none is left to the codec, and nothing is written outside of it', () => {
    for (const data of samples) {
      const pair = new ShapedPair(codec).learn(data)
      const needed = pair.encode(data)?.length ?? 0
      for (let room = 0; room < 4 * needed; room += 1) {
        const memory = Buffer.alloc(encodedAt + room + 20, 0xee)
        const encoded = pair.encodeInto(memory.subarray(0, encodedAt + room), data)
        const outside = Buffer.concat([memory.subarray(0, encodedAt), memory.subarray(encodedAt + room)])
        expect(outside.every((byte) => byte === 0xee)).toBe(true)
        if (room < needed) expect(encoded).toBeUndefined()
        if (encoded !== undefined) expect(pair.decode(encoded)).toStrictEqual(data)
      }
    }
  })

  test.each([21_000, 65_535, 65_536, 70_000, 200_000])('may be large: text of %d characters is whole', (length) => {
    for (const unit of ['x', 'ä', '€']) {
      const data = { a: 1, text: unit.repeat(length) }
      const pair = new ShapedPair(codec).learn({ a: 1, text: 'x' })
      const encoded = pair.encodeInto(Buffer.alloc(1024 * 1024), data)
      if (encoded !== undefined) expect(pair.decode(encoded)).toStrictEqual(data)
    }
  })
})

test('what all objects inherit is not taken for a field', () => {
  const pair = new ShapedPair(codec).learn({ a: 1, inherited: 2 })
  Object.defineProperty(Object.prototype, 'inherited', {
    value: 9,
    enumerable: true,
    configurable: true,
    writable: true,
  })
  try {
    const encoded = pair.encode({ a: 1 })
    const arrived = Object(encoded === undefined ? pass(codec, { a: 1 }) : pair.decode(encoded))
    expect(Object.keys(arrived)).toStrictEqual(['a'])
  } finally {
    Reflect.deleteProperty(Object.prototype, 'inherited')
  }
})

/** What came before has left no trace in the writer. */
function expectUnharmed(pair: ShapedPair): void {
  expect(pair.learn(known).pass(known)).toStrictEqual(known)
}
