import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../src/index.ts'
import { pass } from './support/pass.ts'

const codec = msgpackCodec()

const values: Record<string, unknown> = {
  null: null,
  undefined: undefined,
  'undefined in an array': [undefined, 1, undefined],
  'undefined in an object': { a: undefined },
  booleans: [true, false],
  'the edges of integers': [0, 31, 32, 63, 64, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32],
  'the edges of negative integers': [-1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1],
  'numbers past the safe integers': [2 ** 53, -(2 ** 53), 1e308, Number.MIN_VALUE],
  'numbers that JSON has not': [Number.NaN, Infinity, -Infinity, -0, { zero: -0 }],
  '-0 alone': -0,
  'small big integers': [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n],
  'large big integers': [2n ** 64n, -(2n ** 63n) - 1n, 3n ** 200n, -(3n ** 200n), 7n ** 50_000n, -(7n ** 50_000n)],
  'texts of all header sizes': [0, 1, 15, 16, 31, 32, 63, 64, 255, 256, 65_535, 65_536].map((n) => 'ä'.repeat(n)),
  'texts in all planes': ['aä€😀', '😀'.repeat(40), '\u0000', '\ufffd'],
  'texts with half a surrogate pair': ['\ud800', `${'x'.repeat(80)}\udc00`, { ['key \ud83d']: 1 }],
  'texts with a byte order mark': ['\ufeff', `\ufeff${'x'.repeat(80)}`, { [`\ufeff${'x'.repeat(80)}`]: 1 }],
  dates: [new Date(0), new Date(-1), new Date(1e12 + 1), new Date(8.64e15), new Date(-8.64e15), new Date(2 ** 42)],
  'an invalid date': new Date(Number.NaN),
  'arrays of all header sizes': [[], Array.from({ length: 16 }, () => 1), Array.from({ length: 65_536 }, () => 1)],
  'objects of all header sizes': [0, 15, 16, 65_536].map((n) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, i])),
  ),
  'an object with keys like numbers': { 2: 'b', 1: 'a', x: 0 },
  'an object with names of methods': { constructor: 1, toString: 2, hasOwnProperty: 3, toJSON: 4 },
  'a map': new Map<unknown, unknown>([
    ['a', 1],
    [1, 'a'],
    [null, undefined],
    [{ k: 1 }, new Map()],
  ]),
  'a set': new Set<unknown>([1, 'a', { k: 1 }, new Set()]),
  'regular expressions': [/a/, /^[\s\S]+\/(?<x>\d)$/giu, new RegExp('')],
  'buffers of all header sizes': [0, 255, 256, 65_536].map((n) => Buffer.alloc(n, 7)),
  'typed arrays': [
    new Int8Array([-1]),
    new Uint8Array([1, 255]),
    new Uint8ClampedArray([300]),
    new Int16Array([-300]),
    new Uint16Array([300]),
    new Int32Array([-70_000]),
    new Uint32Array([70_000]),
    new Float32Array([1.5, -0]),
    new Float64Array([Math.PI, Number.NaN]),
    new BigInt64Array([-1n]),
    new BigUint64Array([2n ** 64n - 1n]),
  ],
  'a part of a typed array': new Uint16Array([1, 2, 3, 4]).subarray(1, 3),
  'an ArrayBuffer': new Uint8Array([1, 2, 3]).buffer,
  'a DataView': new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1),
  'bytes in a map': new Map([[1, Buffer.from('x')]]),
}

test.each(Object.entries(values))('%s arrives as it was sent', (_, value) => {
  expect(pass(codec, value)).toStrictEqual(value)
})

describe('any value', () => {
  const anything = fc.anything({
    key: fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__'),
    maxDepth: 4,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withUnicodeString: true,
  })

  test('arrives as it was sent', () => {
    fc.assert(fc.property(anything, arrivesAsSent), { numRuns: 1000 })
  })

  test('arrives as it was sent, whatever the text', () => {
    const unit = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0xfeff, 0xd800, 0xdc00))
    const text = fc.array(unit, { maxLength: 90 }).map((units) => String.fromCharCode(...units))
    const texts = fc.tuple(text, text).map(([a, b]) => ({ a, [b]: [b] }))
    fc.assert(fc.property(texts, arrivesAsSent), { numRuns: 500 })
  })

  test('arrives as it was sent, whatever the big integer and the date', () => {
    fc.assert(fc.property(fc.tuple(fc.bigInt(), fc.date()), arrivesAsSent), { numRuns: 1000 })
  })
})

function arrivesAsSent(value: unknown): void {
  expect(pass(codec, value)).toStrictEqual(value)
}

describe('what changes on the way', () => {
  test('an instance arrives as a plain object of its own fields', () => {
    class User {
      id = 1
      static table = 'users'
      readonly #secret = 2
      get secret(): number {
        return this.#secret
      }
    }
    expect(pass(codec, [new User()])).toStrictEqual([{ id: 1 }])
  })

  test('an object without a prototype gets one', () => {
    expect(pass(codec, Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 })
  })

  test('toJSON says what is sent, as with JSON', () => {
    const loud = { toJSON: () => ({ loud: true, at: new Date(5) }) }
    expect(pass(codec, { url: new URL('http://a.example/b'), loud })).toStrictEqual({
      url: 'http://a.example/b',
      loud: { loud: true, at: new Date(5) },
    })
  })

  test('a boxed primitive arrives unboxed, as with JSON', () => {
    expect(pass(codec, [Object('a'), Object(1), Object(true), Object(1n)])).toStrictEqual(['a', 1, true, 1n])
  })

  test('a hole in an array arrives as undefined', () => {
    const holes: unknown[] = [1]
    holes[3] = 2
    expect(pass(codec, holes)).toStrictEqual([1, undefined, undefined, 2])
  })

  test('subclasses arrive as what they extend', () => {
    class Stamp extends Date {}
    class Bytes extends Uint8Array {}
    class List extends Array<number> {}
    class Table extends Map<string, number> {}
    expect(pass(codec, [new Stamp(5), new Bytes([1]), List.of(1), new Table([['a', 1]])])).toStrictEqual([
      new Date(5),
      new Uint8Array([1]),
      [1],
      new Map([['a', 1]]),
    ])
  })

  test('fields named by a symbol stay behind', () => {
    expect(pass(codec, { a: 1, [Symbol('b')]: 2 })).toStrictEqual({ a: 1 })
  })
})

test('a tree of plain data is standard MessagePack', () => {
  const encoded = Buffer.from(codec.encode({ a: [1, 'b', null, true] }))
  expect(encoded.toString('hex')).toBe(Buffer.from('81a1619401a162c0c3', 'hex').toString('hex'))
})

test('the codec says who it is', () => {
  expect(codec).toMatchObject({ id: 2, name: 'msgpack' })
})
