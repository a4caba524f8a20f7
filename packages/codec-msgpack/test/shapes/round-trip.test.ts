import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../../src/index.ts'
import { pass } from '../support/pass.ts'
import { keysOf, ShapedPair, withKeys } from '../support/shaped-pair.ts'

const codec = msgpackCodec()

const edges = [
  0,
  0x20,
  0x3f,
  0x40,
  0x7f,
  0x80,
  0xff,
  0x100,
  0x7fff,
  0x8000,
  0xffff,
  0x1_0000,
  2 ** 31,
  2 ** 32,
  2 ** 53,
]
const numbersAtEdges = edges.flatMap((edge) => [edge - 1, edge, edge + 1, -edge - 1, -edge, -edge + 1])

const number = fc.oneof(
  fc.constantFrom(...numbersAtEdges, Number.NaN, Infinity, -Infinity, -0, 0.1, Number.MIN_VALUE, Number.MAX_VALUE),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
)

/** Also what has no UTF-8: halves of surrogate pairs, and text that begins with a byte order mark. */
const anyUnits = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0xfeff, 0xd83d, 0xde00)), { maxLength: 12 })
  .map((units) => String.fromCharCode(...units))

/** Lengths at which the header of a text, or the way in which it is read, changes. */
const lengthAtEdge = fc.constantFrom(0, 1, 15, 16, 31, 32, 33, 63, 64, 255, 256, 257)
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  anyUnits,
  fc.tuple(lengthAtEdge, fc.constantFrom('x', 'ä', '€', '😀')).map(([length, unit]) => unit.repeat(length)),
)

const value = fc.oneof(number, text, fc.boolean(), fc.constant(null))
const key = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.nat({ max: 99 }).map(String))
const keys = fc.uniqueArray(
  key.filter((name) => name !== '__proto__'),
  { minLength: 1, maxLength: 10 },
)

/** Keys, and a list of objects that have them. */
const objects = keys.chain((names) =>
  fc.record({
    names: fc.constant(names),
    rows: fc.array(fc.tuple(...names.map(() => value)), { minLength: 1, maxLength: 4 }),
  }),
)

/** Whether msgpackr carries the value as it is, so that the writer of records takes it too. */
function isCarried(field: unknown): boolean {
  if (typeof field === 'string') return field.isWellFormed() && !field.startsWith('\ufeff')
  return !Object.is(field, -0)
}

describe('an object of a shape that was described', () => {
  test('arrives exactly as it would without shapes, or is left to the codec', () => {
    fc.assert(
      fc.property(objects, ({ names, rows }) => {
        const pair = new ShapedPair(codec).learn(withKeys(names))
        for (const row of rows) {
          const data = Object.fromEntries(names.map((name, index) => [name, row[index]]))
          const encoded = pair.encode(data)
          expect(encoded !== undefined).toBe(row.every(isCarried))
          if (encoded === undefined) continue
          const arrived = pair.decode(encoded)
          expect(arrived).toStrictEqual(pass(codec, data))
          expect(Object.keys(Object(arrived))).toStrictEqual(Object.keys(data))
        }
      }),
      { numRuns: 1000 },
    )
  })

  test.each(numbersAtEdges)('carries the number %d', (edge) => {
    if (Object.is(edge, -0)) return
    const pair = new ShapedPair(codec).learn({ before: 1, edge: 1, after: 1 })
    const data = { before: 0x41, edge, after: -1 }
    expect(pair.pass(data)).toStrictEqual(data)
  })

  test('takes fewer bytes than it would without', () => {
    const data = { userId: 17, action: 'login', at: 1_700_000_000_000, ok: true }
    const encoded = new ShapedPair(codec).learn(data).encode(data)
    expect(encoded?.length).toBeLessThan(codec.encode(data).length / 2)
  })
})

const curious: Record<string, Record<string, unknown>> = {
  'keys like numbers': { 2: 'b', 1: 'a', x: 0 },
  'names of methods': { constructor: 1, toString: 2, hasOwnProperty: 3, valueOf: 4, toJSON: 5, length: 6 },
  'keys in all planes': { 'aä€😀': 1, '\u0000': 2, '\ufeffx': 3, '"\\\n': 4 },
  'an empty key': { '': 1 },
  'as many keys as a shape may have': withKeys(keysOf('k', 64)),
}

test.each(Object.entries(curious))('%s arrive as they were sent', (_, data) => {
  const pair = new ShapedPair(codec).learn(data)
  expect(pair.pass(data)).toStrictEqual(data)
  expect(Object.keys(Object(pair.pass(data)))).toStrictEqual(Object.keys(data))
})

test('an object without a prototype arrives as one with', () => {
  const data = Object.assign(Object.create(null), { a: 1 })
  expect(new ShapedPair(codec).learn(data).pass(data)).toStrictEqual({ a: 1 })
})

test('fields that cannot be seen stay behind, as they do without shapes', () => {
  const data = Object.defineProperty({ a: 1, [Symbol('b')]: 2 }, 'hidden', { value: 3 })
  expect(new ShapedPair(codec).learn(data).pass(data)).toStrictEqual({ a: 1 })
})

test('many shapes in turn arrive each as its own', () => {
  const samples = Array.from({ length: 32 }, (_, index) => ({ [`only in ${index}`]: index, common: 'x' }))
  const pair = new ShapedPair(codec)
  for (const sample of samples) pair.learn(sample)
  for (const sample of samples.toReversed()) expect(pair.pass(sample)).toStrictEqual(sample)
})

test('what arrives shares no memory with the chunk that it came in', () => {
  const data = { short: 'abc', long: 'x'.repeat(1000) }
  const pair = new ShapedPair(codec).learn(data)
  const chunk = pair.encode(data) ?? Buffer.alloc(0)
  const arrived = pair.reader.decode(chunk, 0, chunk.length)
  chunk.fill(0)
  expect(arrived).toStrictEqual(data)
})
