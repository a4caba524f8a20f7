import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../../src/index.ts'
import { keysOf, ShapedPair, withKeys } from '../support/shaped-pair.ts'

const codec = msgpackCodec()

function say(pair: ShapedPair, description: unknown): void {
  pair.reader.describe(Buffer.from(typeof description === 'string' ? description : JSON.stringify(description)))
}

function decode(pair: ShapedPair, ...bytes: readonly number[]): unknown {
  return pair.decode(Buffer.from(bytes))
}

/** A receiver that was told these shapes. */
function told(...shapes: readonly (readonly string[])[]): ShapedPair {
  const pair = new ShapedPair(codec)
  for (const shape of shapes) say(pair, shape)
  return pair
}

describe('a description that no writer gives is refused', () => {
  const descriptions: Record<string, unknown> = {
    'nothing at all': '',
    'no JSON': '["a"',
    'two lists': '["a"]["b"]',
    'bytes that are no text': '\u0000\u0001',
    'an object': { a: 1 },
    'an object like a list': { 0: 'a', length: 1 },
    'a text': '"ab"',
    null: 'null',
    'an empty list': [],
    'a number among the keys': ['a', 1],
    'null among the keys': ['a', null],
    'a list among the keys': [['a']],
    'the same key twice': ['a', 'b', 'a'],
    'a key __proto__': ['a', '__proto__'],
    '256 keys': keysOf('k', 256),
    '40,000 keys': keysOf('', 40_000),
  }

  test.each(Object.entries(descriptions))('%s', (_, description) => {
    const pair = told()
    expect(() => say(pair, description)).toThrow(Error)
    expect(() => decode(pair, 0x40, 1)).toThrow('there is no record 0')
  })

  test('whatever the bytes, it throws an Error or is a list of keys', () => {
    const description = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.json().map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(description, (bytes) => {
        const pair = told()
        try {
          pair.reader.describe(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
          return
        }
        const keys = JSON.parse(Buffer.from(bytes).toString()) as string[]
        const nulls = keys.map(() => 0xc0)
        expect(decode(pair, 0x40, ...nulls)).toStrictEqual(withKeys(keys, null))
      }),
      { numRuns: 1000 },
    )
  })

  test('a 65th', () => {
    const pair = told(...keysOf('k', 64).map((key) => [key]))
    expect(() => say(pair, ['one more'])).toThrow('no more than 64 shapes')
    for (let number = 0; number < 64; number += 1) {
      expect(decode(pair, 0x40 + number, 7)).toStrictEqual({ [`k${number}`]: 7 })
    }
  })

  test('255 keys are taken', () => {
    const keys = keysOf('k', 255)
    expect(decode(told(keys), 0x40, ...keys.map(() => 5))).toStrictEqual(withKeys(keys, 5))
  })
})

describe('a damaged message', () => {
  const data = {
    id: 5,
    name: 'Grüße an alle',
    long: 'x'.repeat(300),
    many: 70_000,
    fraction: 1.5,
    yes: true,
    no: null,
    end: -3,
  }
  const pair = new ShapedPair(codec).learn(data)
  const whole = pair.encode(data) ?? Buffer.alloc(0)

  test('cut off at every byte, throws an Error', () => {
    for (let end = 0; end < whole.length; end += 1) {
      expect(() => pair.decode(whole.subarray(0, end)), `cut off at ${end}`).toThrow('bad MessagePack: it is cut off')
    }
    expect(pair.decode(whole)).toStrictEqual(data)
  })

  test('that begins at any later byte, throws an Error or is what those bytes say', () => {
    for (let start = 1; start < whole.length; start += 1) {
      let arrived: unknown
      try {
        arrived = pair.decode(whole.subarray(start))
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
        continue
      }
      expect(arrived).not.toStrictEqual(data)
    }
  })

  test.each([1, 0x40, 0xc0, 0xee])('with the byte %d behind its end, throws an Error', (byte) => {
    expect(() => pair.decode(Buffer.concat([whole, Buffer.of(byte)]))).toThrow('1 bytes follow its end')
    expect(() => pair.decode(Buffer.concat([whole, whole]))).toThrow('follow its end')
  })

  test('is no message for who was told nothing', () => {
    expect(() => told().decode(whole)).toThrow('there is no record 0')
  })

  test('changed at any byte, throws an Error or becomes something else', () => {
    const place = fc.nat({ max: whole.length - 1 })
    const change = fc.array(fc.tuple(place, fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(change, (changes) => {
        const mutant = Buffer.from(whole)
        for (const [at, byte] of changes) mutant[at] = byte
        expectThrowsOrReturns(() => pair.decode(mutant))
      }),
      { numRuns: 5000 },
    )
    expect(pair.decode(whole)).toStrictEqual(data)
  })
})

describe('records that our codec never writes', () => {
  const pair = told(['a'], ['x', 'y'])

  test.each([2, 3, 31, 32, 63])('number %d, which was not described, is refused', (number) => {
    expect(() => decode(pair, 0x40 + number, 1, 1)).toThrow(`there is no record ${number}`)
    expect(() => decode(pair, 0x91, 0x40 + number, 1)).toThrow(`there is no record ${number}`)
    expect(() => decode(pair, 0x40, 0x40 + number, 1)).toThrow(`there is no record ${number}`)
  })

  test('in each other, in lists and in objects arrive as what they say', () => {
    expect(decode(pair, 0x40, 0x41, 1, 0x92, 2, 0x40, 3)).toStrictEqual({ a: { x: 1, y: [2, { a: 3 }] } })
    expect(decode(pair, 0x81, 0xa1, 0x6b, 0x40, 5)).toStrictEqual({ k: { a: 5 } })
  })

  test('as the key of an object are refused', () => {
    expect(() => decode(pair, 0x81, 0x40, 1, 1)).toThrow(Error)
  })

  test.each([
    ['a definition', [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1]],
    ['a definition of a number that nobody described', [0xd4, 0x72, 0x45, 0x91, 0xa1, 0x61, 1]],
    ['a definition of two bytes', [0xd5, 0x72, 0x40, 0, 0x91, 0xa1, 0x61, 1]],
    ['a definition inside of a record', [0x40, 0xd4, 0x72, 0x45, 0x91, 0xa1, 0x61, 1]],
    ['a graph', [0xc1, 0x91, 1]],
    ['a reference', [0xd6, 0x70, 0, 0, 0, 1]],
  ])('%s in a message is refused', (_, bytes) => {
    expect(() => decode(pair, ...bytes)).toThrow(Error)
    expect(() => decode(pair, 0x45, 1)).toThrow('there is no record 5')
    expect(decode(pair, 0x40, 1)).toStrictEqual({ a: 1 })
  })

  test('5 MB of them in each other are refused before anything is built', () => {
    for (const token of [0x40, 0x41]) {
      const bytes = Buffer.alloc(5_000_000, token)
      const before = process.memoryUsage()
      expect(() => pair.reader.decode(bytes, 0, bytes.length)).toThrow('nested deeper than 128 levels')
      const after = process.memoryUsage()
      expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(4 * 1024 * 1024)
    }
  })

  test('of 255 keys each, in each other, are refused where they are cut off', () => {
    const wide = told(keysOf('k', 255))
    expect(() => decode(wide, ...Array.from({ length: 100 }, () => 0x40), 1)).toThrow('it is cut off')
  })

  test('as deep as the codec allows arrive, and no deeper', () => {
    const narrow = new ShapedPair(msgpackCodec({ maxDepth: 3 }))
    say(narrow, ['a'])
    expect(decode(narrow, 0x40, 0x40, 0x40, 1)).toStrictEqual({ a: { a: { a: 1 } } })
    expect(() => decode(narrow, 0x40, 0x40, 0x40, 0x40, 1)).toThrow('nested deeper than 3 levels')
    expect(() => decode(narrow, 0x91, 0x40, 0x91, 0x40, 1)).toThrow('nested deeper than 3 levels')
  })
})

describe('any bytes', () => {
  const token = fc.constantFrom(
    0x40,
    0x41,
    0x42,
    0x5f,
    0x60,
    0x7f,
    0x81,
    0x91,
    0x92,
    0xa1,
    0xc0,
    0xc1,
    0xd4,
    0x72,
    0xdc,
  )
  const bytes = fc.array(fc.oneof(token, fc.nat({ max: 255 })), { maxLength: 60 })

  test('throw an Error or become something, and leave the next message alone', () => {
    const pair = told(['a'], ['x', 'y', 'z'], ['constructor', 'toString'])
    fc.assert(
      fc.property(bytes, (random) => {
        expectThrowsOrReturns(() => decode(pair, ...random))
      }),
      { numRuns: 5000 },
    )
    expect(decode(pair, 0x41, 1, 0xa1, 0x79, 0xc0)).toStrictEqual({ x: 1, y: 'y', z: null })
    expect({}).not.toHaveProperty('a')
  })
})

function expectThrowsOrReturns(call: () => unknown): void {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).not.toContain('call stack')
  }
}
