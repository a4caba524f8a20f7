import { addExtension } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../src/index.ts'
import { pass, sent } from './support/pass.ts'

const good = { id: 1, list: [1, 'two', new Date(3)], map: new Map([[1, { a: -0 }]]) }

describe('one failure leaves the next message alone', () => {
  const codec = msgpackCodec()
  const before = Buffer.from(codec.encode(good))

  const failures: Record<string, () => unknown> = {
    'a nested function': () => codec.encode({ a: [1, { b: () => 1 }] }),
    'a getter that throws': () =>
      codec.encode({
        a: 1,
        get b() {
          throw new Error('getter')
        },
      }),
    'a getter that throws the second time': () => {
      let calls = 0
      return codec.encode({
        a: 1,
        get b() {
          if (++calls > 1) throw new Error('getter')
          return calls
        },
      })
    },
    'a getter that turns to a function': () => {
      let calls = 0
      return codec.encode({
        a: 1,
        get b() {
          return ++calls > 1 ? () => 1 : calls
        },
      })
    },
    'a toJSON that throws': () =>
      codec.encode([
        {
          toJSON() {
            throw new Error('toJSON')
          },
        },
      ]),
    'too deep data': () => codec.encode(JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`)),
    'cut off bytes': () => codec.decode(before, 0, before.length - 1),
    'bytes of a wrong typed array': () => codec.decode(Buffer.from([0x92, 1, 0xc7, 4, 0x74, 8, 1, 2, 3]), 0, 9),
    'a key that is an array': () => codec.decode(Buffer.from([0x81, 0x91, 1, 1]), 0, 4),
    'a bad regular expression': () => codec.decode(Buffer.from([0xc1, 0x92, 0x91, 1, 0x93, 4, 0xa1, 0x28, 0xa0]), 0, 9),
  }

  test.each(Object.entries(failures))('%s', (_, fail) => {
    expect(fail).toThrow()
    expect(Buffer.from(codec.encode(good))).toStrictEqual(before)
    expect(codec.decode(before, 0, before.length)).toStrictEqual(good)
  })
})

test('a getter that encodes does not disturb the message that it is in', () => {
  const codec = msgpackCodec()
  const inner: unknown[] = []
  const outer = {
    a: 'before',
    get b() {
      inner.push(pass(codec, { inner: [1, 2, 3] }))
      return 'got'
    },
    c: 'after',
  }
  expect(pass(codec, outer)).toStrictEqual({ a: 'before', b: 'got', c: 'after' })
  for (const value of inner) expect(value).toStrictEqual({ inner: [1, 2, 3] })
})

test('each message decodes alone, by a codec that has seen none before', () => {
  const writer = msgpackCodec()
  const messages = Array.from({ length: 50 }, (_, index) =>
    Buffer.from(writer.encode({ index, nested: { index }, list: [good] })),
  )
  for (const [index, message] of [...messages.entries()].reverse()) {
    expect(msgpackCodec().decode(message, 0, message.length)).toStrictEqual({ index, nested: { index }, list: [good] })
  }
})

test('codecs with different limits do not take on each other’s', () => {
  const [narrow, wide] = [msgpackCodec({ maxDepth: 2 }), msgpackCodec({ maxDepth: 4 })]
  for (let round = 0; round < 3; round += 1) {
    expect(() => narrow.encode([[[1]]])).toThrow('deeper than 2')
    expect(pass(wide, [[[1]]])).toStrictEqual([[[1]]])
  }
})

test('what arrives shares no memory with the chunk that it came in', () => {
  const codec = msgpackCodec()
  const data = {
    buffer: Buffer.from('abc'),
    bytes: new Uint8Array([1, 2, 3]),
    arrayBuffer: new Uint8Array([4, 5]).buffer,
    floats: new Float64Array([1.5]),
    text: 'x'.repeat(100),
    filler: Buffer.alloc(500, 1),
  }
  for (const value of [data, { buffer: data.buffer }, new Map([[1, data]])]) {
    const { chunk, start, end } = sent(codec, value)
    const arrived = codec.decode(chunk, start, end)
    chunk.fill(0)
    codec.decode(Buffer.from(codec.encode({ other: Buffer.from('xyz') })), 0, 12)
    expect(arrived).toStrictEqual(value)
  }
})

test('decoded bytes hold on to no more memory than they need', () => {
  const arrived = pass(msgpackCodec(), Buffer.from('abc')) as Buffer
  expect(arrived.buffer.byteLength).toBe(3)
})

test('what an app adds to msgpackr changes nothing here', () => {
  class Money {
    cents = 5
  }
  addExtension({ Class: Money, type: 0x42, write: () => 'money', read: () => 'money' })
  expect(pass(msgpackCodec(), [new Money(), 2n ** 80n])).toStrictEqual([{ cents: 5 }, 2n ** 80n])
})

test('no message is turned into code, so the codec works where that is forbidden', async () => {
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--disallow-code-generation-from-strings')
  try {
    const codec = msgpackCodec()
    const list = Array.from({ length: 100 }, (_, id) => ({ id, name: `user ${id}` }))
    expect(pass(codec, list)).toStrictEqual(list)
  } finally {
    setFlagsFromString('--no-disallow-code-generation-from-strings')
  }
})
