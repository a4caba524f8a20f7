import { BusError } from '@clusterbus/protocol'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../src/index.ts'
import { pass } from './support/pass.ts'

const codec = msgpackCodec()

describe('encode refuses', () => {
  const nowhere: Record<string, unknown> = {
    'a function': () => 1,
    'a symbol': Symbol('s'),
    'a Promise': Promise.resolve(1),
    'a WeakMap': new WeakMap(),
    'a WeakSet': new WeakSet(),
    'a WeakRef': new WeakRef({}),
    'a SharedArrayBuffer': new SharedArrayBuffer(1),
    'a Generator': (function* () {})(),
  }

  test.each(Object.entries(nowhere))('%s, wherever it stands', (name, value) => {
    const message = `MessagePack has no form for ${name}`
    for (const data of [
      value,
      [value],
      { key: value },
      new Map([[1, value]]),
      new Map([[value, 1]]),
      new Set([value]),
    ]) {
      expect(() => codec.encode(data)).toThrow(message)
    }
  })

  test('a field named __proto__, however it is put together', () => {
    const message = 'MessagePack has no form for a field named __proto__'
    const parsed: unknown = JSON.parse('{"a": 1, "__proto__": {"polluted": true}}')
    for (const data of [parsed, [parsed], new Map([[1, parsed]])]) expect(() => codec.encode(data)).toThrow(message)
  })

  test('an option that does not exist is refused', () => {
    const misspelt: object = { depth: 3 }
    expect(() => msgpackCodec(misspelt)).toThrow(expect.objectContaining({ code: 'BAD_OPTION', option: 'depth' }))
  })

  test('an option that is no depth', () => {
    for (const maxDepth of [0, -1, 1.5, Number.NaN, 1001, Infinity]) {
      expect(() => msgpackCodec({ maxDepth })).toThrow(BusError)
      expect(() => msgpackCodec({ maxDepth })).toThrow(
        expect.objectContaining({ code: 'BAD_OPTION', option: 'maxDepth' }),
      )
    }
  })
})

describe('depth', () => {
  const shapes: Record<string, (inner: unknown) => unknown> = {
    arrays: (inner) => [inner],
    objects: (inner) => ({ inner }),
    maps: (inner) => new Map([['inner', inner]]),
    sets: (inner) => new Set([inner]),
    causes: (inner) => new Error('outer', { cause: inner }),
  }

  test.each(Object.entries(shapes))('%s are carried as deep as the limit, and no deeper', (_, wrap) => {
    const atLimit = nested(wrap, 128)
    expect(pass(codec, atLimit)).toStrictEqual(atLimit)
    expect(() => codec.encode(wrap(atLimit))).toThrow('data is nested deeper than 128 levels')
  })

  test.each(Object.entries(shapes))(
    '%s nested 200,000 levels deep are refused like others, without an overflow',
    (_, wrap) => {
      expect(() => codec.encode(nested(wrap, 200_000))).toThrow('data is nested deeper than 128 levels')
    },
  )

  test('the deepest limit of all is carried, too', () => {
    const deep = msgpackCodec({ maxDepth: 1000 })
    const data = nested((inner) => ({ inner: [inner] }), 500)
    expect(pass(deep, data)).toStrictEqual(data)
  })

  test('a limit of one level takes a flat object', () => {
    const flat = msgpackCodec({ maxDepth: 1 })
    expect(pass(flat, { a: 1, at: new Date(1) })).toStrictEqual({ a: 1, at: new Date(1) })
    expect(pass(flat, new Map([[1, -0]]))).toStrictEqual(new Map([[1, -0]]))
    expect(() => flat.encode({ a: [] })).toThrow('deeper than 1 levels')
    expect(() => flat.decode(Buffer.from(codec.encode({ a: [] })), 0, 4)).toThrow('deeper than 1 levels')
  })

  function nested(wrap: (inner: unknown) => unknown, levels: number): unknown {
    let data: unknown = 'end'
    for (let level = 0; level < levels; level += 1) data = wrap(data)
    return data
  }
})
