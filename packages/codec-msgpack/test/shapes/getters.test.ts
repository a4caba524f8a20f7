import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../../src/index.ts'
import { ShapedPair } from '../support/shaped-pair.ts'

const codec = msgpackCodec()

/** Code of the app runs in the middle of a message, and may publish. */
describe('a getter that encodes with the same writer', () => {
  const inner = { x: 'inner', y: 2 }
  const expected = { a: 'before', b: 'got', c: 'after' }

  function outerWith(encode: () => unknown): object {
    return {
      a: 'before',
      get b() {
        encode()
        return 'got'
      },
      c: 'after',
    }
  }

  test('does not disturb the message that it is in, when both shapes are known', () => {
    const pair = new ShapedPair(codec).learn(inner).learn(expected)
    const outer = outerWith(() => pair.encode(inner))
    expect(arrivesOf(pair, outer)).toStrictEqual(expected)
  })

  test('does not disturb the message that it is in, when it encodes nothing that has a shape', () => {
    const pair = new ShapedPair(codec).learn(expected)
    const outer = outerWith(() => pair.encode([1]))
    expect(arrivesOf(pair, outer)).toStrictEqual(expected)
  })

  test('does not disturb the message that it is in, while it fills the writer with keys', () => {
    const pair = new ShapedPair(codec).learn(expected)
    let id = 0
    const outer = outerWith(() => {
      for (let times = 0; times < 3000; times += 1) pair.encode({ [`new ${id++}`]: 1 })
    })
    for (let times = 0; times < 3; times += 1) expect(arrivesOf(pair, outer)).toStrictEqual(expected)
  })

  test('has its own message arrive too, unless that is left to the codec', () => {
    const pair = new ShapedPair(codec).learn(inner).learn(expected)
    const arrived: unknown[] = []
    pair.encode(outerWith(() => arrived.push(arrivesOf(pair, inner))))
    expect(arrived).toStrictEqual([inner])
  })
})

/** What a receiver gets, whichever way the bus sends it. */
function arrivesOf(pair: ShapedPair, data: object): unknown {
  const encoded = pair.encode(data)
  if (encoded !== undefined) return pair.decode(encoded)
  const plain = Buffer.from(codec.encode(data))
  return codec.decode(plain, 0, plain.length)
}

describe('a getter that changes its object', () => {
  test('cannot make a message that nobody can read', () => {
    const pair = new ShapedPair(codec).learn({ a: 1, b: 2, c: 3 })
    const changes: ((data: Record<string, unknown>) => void)[] = [
      (data) => delete data.c,
      (data) => (data.d = 4),
      (data) => (data.c = { nested: true }),
      (data) => (data.a = 'read already'),
    ]
    for (const change of changes) {
      const data: Record<string, unknown> = {
        a: 1,
        get b() {
          change(data)
          return 2
        },
        c: 3,
      }
      const encoded = pair.encode(data)
      if (encoded !== undefined) expect(pair.decode(encoded)).toMatchObject({ a: 1, b: 2 })
    }
  })
})
