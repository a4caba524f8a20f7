import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../src/index.ts'
import { decodeBytes, sent } from './support/pass.ts'

const codec = msgpackCodec()

describe('lengths that lie are found before anything is allocated for them', () => {
  const lies: Record<string, number[]> = {
    'array 16': [0xdc, 0xff, 0xff, 1],
    'array 32': [0xdd, 0xff, 0xff, 0xff, 0xff, 1],
    'map 16': [0xde, 0xff, 0xff, 0xa1, 0x61, 1],
    'map 32': [0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61, 1],
    'bin 8': [0xc4, 0xff, 1],
    'bin 32': [0xc6, 0xff, 0xff, 0xff, 0xff, 1],
    'str 8': [0xd9, 0xff, 0x61],
    'str 32': [0xdb, 0xff, 0xff, 0xff, 0xff, 0x61],
    'a typed array': [0xc9, 0xff, 0xff, 0xff, 0xff, 0x74, 1],
    'a big integer': [0xc9, 0x7f, 0xff, 0xff, 0xff, 0x42, 1],
    'arrays in arrays': [0xdc, 0, 8, 0xdc, 0, 8, 0xdc, 0, 8, 0xdc, 0, 8, 0xdc, 0, 8],
  }

  test.each(Object.entries(lies))('%s', (_, bytes) => {
    const heapBefore = process.memoryUsage()
    expect(() => decodeBytes(codec, ...bytes)).toThrow('bad MessagePack: it is cut off')
    expect(() => decodeBytes(codec, 0xc1, ...bytes)).toThrow('bad MessagePack: it is cut off')
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    expect(heapUsed + arrayBuffers - heapBefore.heapUsed - heapBefore.arrayBuffers).toBeLessThan(4 * 1024 * 1024)
  })
})

test('an extension that is cut off before its type does not take the next byte of the chunk for it', () => {
  for (const bytes of [[0xd5], [0xd8], [0xc7, 1], [0xc8, 0, 1]]) {
    const chunk = Buffer.from([...bytes, 99, 0, 0])
    expect(() => codec.decode(chunk, 0, bytes.length)).toThrow('bad MessagePack: it is cut off')
  }
})

describe('what our codec never writes is refused', () => {
  const strangers: Record<string, number[]> = {
    'nothing at all': [],
    'a second value': [1, 2],
    'the type that MessagePack leaves free': [0x91, 0xc1],
    'an extension of an app': [0xd4, 5, 0],
    'a record definition': [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1],
    'a record definition of two bytes': [0xd5, 0x72, 0x40, 0, 0x91, 0xa1, 0x61, 1],
    'a reference without a target': [0xd6, 0x70, 0, 0, 0, 1],
    'a target of references': [0xd6, 0x69, 0, 0, 0, 1, 0x90],
    'a bundle of strings': [0xd6, 0x62, 0, 0, 0, 1, 0xa0, 0xa0],
    'an error of msgpackr': [0xd4, 0x65, 0, 0x93, 0xa7, ...Buffer.from('valueOf'), 0xa0, 0xc0],
    'a set of msgpackr': [0xd4, 0x73, 0, 0x90],
    'a regular expression of msgpackr': [0xd4, 0x78, 0, 0x92, 0xa1, 0x61, 0xa0],
    'a big integer without bytes': [0xc7, 0, 0x42],
    'a date of five bytes': [0xc7, 5, 0xff, 1, 2, 3, 4, 5],
    'a typed array of an unknown type': [0xc7, 2, 0x74, 99, 1],
    'a map with a map as key': [0x81, 0x80, 1],
  }

  test.each(Object.entries(strangers))('%s', (_, bytes) => {
    expect(() => decodeBytes(codec, ...bytes)).toThrow(Error)
  })
})

describe('no prototype is reached', () => {
  const key = [0xa9, ...Buffer.from('__proto__')]
  const longKey = [0xd9, 9, ...Buffer.from('__proto__')]
  const polluted = [0x81, 0xa8, ...Buffer.from('polluted'), 0xc3]

  test.each([key, longKey])('by a key of an object', (...name) => {
    for (const start of [[], [0x91], [0x81, 0xa1, 0x61]]) {
      const arrived = decodeBytes(codec, ...start, 0x81, ...name, ...polluted)
      expect(JSON.stringify(arrived)).toContain('"__proto_":{"polluted":true}') // under a name that does no harm
      assertClean(arrived)
    }
  })

  test('by a key in a graph', () => {
    const shared = [0xc1, 0x93, 0x91, 1, 0x81, ...key, 0x91, 2, ...polluted]
    assertClean(decodeBytes(codec, ...shared))
    const entries = [0xc1, 0x93, 0x91, 1, 0x93, 5, ...key, 0x91, 2, ...polluted]
    expect(() => decodeBytes(codec, ...entries)).toThrow('a key that no object may have')
    const utf16 = Buffer.from('__proto__', 'utf16le')
    const hidden = [0xc1, 0x93, 0x91, 1, 0x93, 5, 0x91, 0xc4, utf16.length, ...utf16, 0x91, 2, ...polluted]
    expect(() => decodeBytes(codec, ...hidden)).toThrow('a key that no object may have')
  })

  test('by a field of an error', () => {
    const error = [0xc1, 0x93, 0x91, 1, 0x94, 3, 0xa1, 0x78, 0xa1, 0x79, 0x81, ...key, 0x91, 2, ...polluted]
    assertClean(decodeBytes(codec, ...error))
  })

  test('by constructor and prototype', () => {
    const inner = [0x81, 0xa9, ...Buffer.from('prototype'), ...polluted]
    const arrived = decodeBytes(codec, 0x81, 0xab, ...Buffer.from('constructor'), ...inner)
    expect(JSON.stringify(arrived)).toBe('{"constructor":{"prototype":{"polluted":true}}}')
    assertClean({})
  })

  test('and as a key of a Map the name is only a name', () => {
    const arrived = decodeBytes(codec, 0xc1, 0x92, 0x91, 1, 0x93, 1, ...key, 5)
    expect(arrived).toStrictEqual(new Map([['__proto__', 5]]))
  })

  function assertClean(arrived: unknown): void {
    expect(Object.getPrototypeOf(arrived)).not.toHaveProperty('polluted')
    expect({}).not.toHaveProperty('polluted')
    expect(Object.prototype).not.toHaveProperty('polluted')
    expect((arrived as { polluted?: unknown }).polluted).toBeUndefined()
  }
})

describe('graphs that our codec never writes are refused', () => {
  const graphs: Record<string, number[]> = {
    'no table': [1],
    'an empty table': [0x90],
    'a root that names a node that is not there': [0x91, 0x91, 1],
    'a root that names itself': [0x91, 0x91, 0],
    'a negative number': [0x92, 0x91, 0xff, 0x80],
    'a number with a fraction': [0x92, 0x91, 0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0x80],
    'a number past the next': [0x93, 0x91, 2, 0x80, 0x80],
    'numbers out of order': [0x94, 0x91, 1, 0x94, 0, 0x91, 3, 0x91, 2, 0x91, 3, 0x80, 0x80],
    'a node that nothing names': [0x92, 1, 0x80],
    'a node that is no object': [0x92, 0x91, 1, 5],
    'a node that is null': [0x92, 0x91, 1, 0xc0],
    'a node of no known kind': [0x92, 0x91, 1, 0x91, 9],
    'a node whose kind is a text': [0x92, 0x91, 1, 0x91, 0xa1, 0x30],
    'a map with a key alone': [0x92, 0x91, 1, 0x92, 1, 5],
    'a slot with two numbers': [0x92, 0x91, 1, 0x92, 0, 0x92, 1, 1],
    'a slot that is an object': [0x92, 0x91, 1, 0x92, 0, 0x80],
    'an error without fields': [0x92, 0x91, 1, 0x93, 3, 0xa0, 0xa0],
    'an error with fields that are none': [0x92, 0x91, 1, 0x94, 3, 0xa0, 0xa0, 1],
    'an error whose name is a number': [0x92, 0x91, 1, 0x94, 3, 1, 0xa0, 0x80],
    'an error that brings a stack': [0x92, 0x91, 1, 0x94, 3, 0xa0, 0xa0, 0x81, 0xa5, ...Buffer.from('stack'), 1],
    'a regular expression of numbers': [0x92, 0x91, 1, 0x93, 4, 1, 2],
    'a regular expression that is none': [0x92, 0x91, 1, 0x93, 4, 0xa1, 0x28, 0xa0],
  }

  test.each(Object.entries(graphs))('%s', (_, bytes) => {
    expect(() => decodeBytes(codec, 0xc1, ...bytes)).toThrow(Error)
  })

  test('an error named like a method of objects is an Error of that name', () => {
    for (const name of ['valueOf', 'constructor', '__proto__', 'Object']) {
      const arrived = decodeBytes(codec, 0xc1, 0x92, 0x91, 1, 0x94, 3, 0xa0 + name.length, name, 0xa0, 0x80)
      expect(Object.getPrototypeOf(arrived)).toBe(Error.prototype)
      expect(arrived).toHaveProperty('name', name)
    }
  })

  test('a chain of nodes that is too deep', () => {
    const nodes = Array.from({ length: 129 }, (_, index) => [0x92, 0, 0x91, 0xcc, index + 2]).flat()
    const end = [0x91, 0]
    expect(() => decodeBytes(codec, 0xc1, 0xdc, 0, 131, 0x91, 1, ...nodes, ...end)).toThrow('nested deeper than 128')
  })
})

describe('depth', () => {
  test.each([0x91, 0x81])('5 MB of nested containers are refused before anything is built', (token) => {
    const bytes = Buffer.alloc(5_000_000, token)
    const before = process.memoryUsage()
    expect(() => codec.decode(bytes, 0, bytes.length)).toThrow('nested deeper than 128 levels')
    const after = process.memoryUsage()
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(4 * 1024 * 1024)
  })
})

describe('damaged messages', () => {
  const data = {
    id: 1,
    name: 'Grüße an alle',
    list: [1.5, -3, 70_000, null, true, 2n ** 70n, new Date(1e12 + 1), undefined],
    bytes: Buffer.from('abc'),
    floats: new Float64Array([1, 2]),
    long: 'x'.repeat(300),
  }
  const graph = {
    data,
    map: new Map<unknown, unknown>([[data, -0]]),
    set: new Set([1]),
    error: new TypeError('x', { cause: /a/g }),
  }
  const messages: [string, unknown][] = [
    ['plain data', data],
    ['a graph', graph],
    ['small data', { id: 1, tags: ['a'] }],
  ]

  test.each(messages)('%s, cut off at every byte, throws an Error', (_, message) => {
    const { chunk, start, end } = sent(codec, message)
    for (let at = start; at < end; at += 1) expect(() => codec.decode(chunk, start, at)).toThrow(Error)
    expect(codec.decode(chunk, start, end)).toStrictEqual(message)
  })

  test.each(messages)(
    '%s, changed at random 20,000 times, throws an Error or becomes something else, in no time',
    (_, message) => {
      const original = Buffer.from(codec.encode(message))
      const random = mulberry32(20_241_120)
      let decoded = 0
      const startedAt = performance.now()
      for (let round = 0; round < 20_000; round += 1) {
        const mutant = mutate(original, random)
        try {
          codec.decode(mutant, 0, mutant.length)
          decoded += 1
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
          expect(String(error)).not.toContain('call stack')
        }
      }
      expect(performance.now() - startedAt).toBeLessThan(15_000)
      expect(decoded).toBeGreaterThan(0)
      expect({}).not.toHaveProperty('polluted')
      expect(codec.decode(original, 0, original.length)).toStrictEqual(message)
    },
  )
})

/** Some bytes replaced, taken out, doubled or moved. */
function mutate(original: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(original)
  const changes = 1 + Math.floor(random() * 3)
  for (let change = 0; change < changes; change += 1) {
    const at = Math.floor(random() * bytes.length)
    const until = Math.min(bytes.length, at + 1 + Math.floor(random() * 8))
    const kind = random()
    if (kind < 0.6) bytes[at] = random() < 0.5 ? Math.floor(random() * 256) : 0x80 + Math.floor(random() * 0x80)
    else if (kind < 0.8) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(until)])
    else bytes = Buffer.concat([bytes.subarray(0, until), bytes.subarray(at)])
  }
  return bytes
}

/** A small random generator, so that a failure can be repeated. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
