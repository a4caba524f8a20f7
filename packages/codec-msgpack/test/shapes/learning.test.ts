import { layout } from '@clusterbus/protocol'
import { collectGarbage } from '@clusterbus/testkit'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../../src/index.ts'
import { keysOf, ShapedPair, withKeys } from '../support/shaped-pair.ts'

const codec = msgpackCodec()

describe('a shape is described', () => {
  test('when it has recurred, and not before', () => {
    const pair = new ShapedPair(codec)
    for (let times = 0; times < 8; times += 1) expect(pair.encode({ a: times })).toBeUndefined()
    expect(pair.described).toEqual([])
    pair.learn({ a: 1 })
    expect(pair.described).toEqual([['a']])
  })

  test('once', () => {
    const pair = new ShapedPair(codec).learn({ a: 1, b: 2 })
    for (let times = 0; times < 1000; times += 1) pair.encode({ a: times, b: 'x' })
    expect(pair.described).toEqual([['a', 'b']])
  })

  test('by its keys in their order: another order is another shape', () => {
    const pair = new ShapedPair(codec).learn({ a: 1, b: 2 }).learn({ b: 1, a: 2 })
    expect(pair.described).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ])
    expect(JSON.stringify(pair.pass({ b: 3, a: 4 }))).toBe('{"b":3,"a":4}')
    expect(JSON.stringify(pair.pass({ a: 3, b: 4 }))).toBe('{"a":3,"b":4}')
  })

  test('also when it is the beginning of another, or goes on from another', () => {
    const pair = new ShapedPair(codec)
      .learn({ a: 1, b: 2, c: 3 })
      .learn({ a: 1 })
      .learn({ a: 1, b: 2 })
      .learn({ a: 1, b: 2, c: 3, d: 4 })
    for (const data of [{ a: 1 }, { a: 1, b: 2 }, { a: 1, b: 2, c: 3 }, { a: 1, b: 2, c: 3, d: 4 }]) {
      expect(pair.pass(data)).toStrictEqual(data)
    }
  })

  test('only where it ends: what lies on the way to it is none', () => {
    const pair = new ShapedPair(codec).learn({ a: 1, b: 2 })
    expect(pair.encode({ a: 1 })).toBeUndefined()
    expect(pair.described).toEqual([['a', 'b']])
  })

  test('and understood, whatever was understood before it', () => {
    const pair = new ShapedPair(codec)
    for (const data of [{ a: 1 }, { b: 2, c: 3 }, { d: 4 }]) {
      expect(pair.learn(data).pass(data)).toStrictEqual(data)
      expect(pair.pass({ a: 'still' })).toStrictEqual({ a: 'still' })
    }
  })

  test('by each writer for itself', () => {
    const learned = new ShapedPair(codec).learn({ a: 1 })
    expect(new ShapedPair(codec).encode({ a: 1 })).toBeUndefined()
    expect(learned.described).toEqual([['a']])
  })
})

describe('limits', () => {
  test('there are no more than 32 shapes, and those serve on', () => {
    const pair = new ShapedPair(codec)
    for (let index = 0; index < 32; index += 1) pair.learn({ [`key ${index}`]: index })
    for (let index = 0; index < 3200; index += 1) {
      expect(pair.encode({ [`key ${32 + (index % 10)}`]: index })).toBeUndefined()
    }
    expect(pair.described).toHaveLength(32)
    for (let index = 0; index < 32; index += 1) {
      expect(pair.pass({ [`key ${index}`]: 'x' })).toStrictEqual({ [`key ${index}`]: 'x' })
    }
  })

  test('all that is described fits into what the protocol allows', () => {
    const pair = new ShapedPair(codec)
    const tooLong = withKeys(keysOf('x'.repeat(70), 64))
    for (let times = 0; times < 100; times += 1) expect(pair.encode(tooLong)).toBeUndefined()
    pair.learn(withKeys(keysOf('x'.repeat(50), 64)))
    expect(pair.writer.descriptions.map(({ length }) => length <= layout.descriptionBytesMax)).toEqual([true])
  })
})

describe('dictionaries, whose keys are ever new', () => {
  test('describe nothing, and a shape that comes among them is learned', () => {
    const pair = new ShapedPair(codec)
    for (let id = 0; id < 4000; id += 1) pair.encode({ [`user ${id}`]: true, [`session ${id}`]: 'x' })
    expect(pair.described).toEqual([])
    pair.learn({ id: 1, name: 'x' })
    for (let id = 0; id < 4000; id += 1) pair.encode({ [`order ${id}`]: true })
    expect(pair.pass({ id: 2, name: 'y' })).toStrictEqual({ id: 2, name: 'y' })
    pair.learn({ id: 1, total: 5 })
    expect(pair.described).toEqual([
      ['id', 'name'],
      ['id', 'total'],
    ])
  })

  test('that never end cost no memory, and what was learned before them serves on', async () => {
    const pair = new ShapedPair(codec).learn({ id: 1, name: 'x' })
    const heapBytesBefore = await heapBytes()
    for (let id = 0; id < 60_000; id += 1) pair.encode({ [`a key that nobody has used before ${id}`]: id })
    expect((await heapBytes()) - heapBytesBefore).toBeLessThan(2 * 1024 * 1024)
    expect(pair.pass({ id: 2, name: 'y' })).toStrictEqual({ id: 2, name: 'y' })
    expect(pair.described).toEqual([['id', 'name']])
  })

  test('behind keys that recur cost no more', async () => {
    const pair = new ShapedPair(codec)
    const heapBytesBefore = await heapBytes()
    for (let id = 0; id < 60_000; id += 1) pair.encode({ type: 'x', [`a key that nobody has used before ${id}`]: id })
    expect((await heapBytes()) - heapBytesBefore).toBeLessThan(2 * 1024 * 1024)
    expect(pair.described).toEqual([])
  })
})

/** Bytes that are held on to. */
async function heapBytes(): Promise<number> {
  await collectGarbage()
  return process.memoryUsage().heapUsed
}
