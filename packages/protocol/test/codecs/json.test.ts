import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonCodec } from '../../src/index.ts'

function pass(data: unknown): unknown {
  const encoded = Buffer.from(jsonCodec.encode(data))
  const chunk = Buffer.concat([Buffer.from('[{'), encoded, Buffer.from('}]')])
  return jsonCodec.decode(chunk, 2, 2 + encoded.length)
}

describe('the JSON codec', () => {
  test('says who it is', () => {
    expect(jsonCodec).toMatchObject({ id: 1, name: 'json' })
    expect(Object.isFrozen(jsonCodec)).toBe(true)
  })

  test('carries whatever JSON has', () => {
    const value = fc.jsonValue().map((sent): unknown => JSON.parse(JSON.stringify(sent)))
    fc.assert(
      fc.property(value, (sent) => {
        expect(pass(sent)).toStrictEqual(sent)
      }),
    )
  })

  test('carries undefined as an empty payload', () => {
    expect(jsonCodec.encode(undefined)).toBe('')
    expect(pass(undefined)).toBeUndefined()
  })

  test('carries text in all planes, and half of a surrogate pair', () => {
    for (const text of ['Grüße', '日本', '😀', '\ud800', '\ufeff', '\u2028', '']) expect(pass(text)).toBe(text)
  })

  test('asks toJSON, as JSON.stringify does', () => {
    expect(pass({ at: new Date(0) })).toStrictEqual({ at: '1970-01-01T00:00:00.000Z' })
  })

  test('throws for a function, a symbol, a cycle and a BigInt, with words that say what it was', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => jsonCodec.encode(() => 1)).toThrow('JSON has no form for a function')
    expect(() => jsonCodec.encode(Symbol('s'))).toThrow('JSON has no form for a symbol')
    expect(() => jsonCodec.encode({ toJSON: () => undefined })).toThrow('JSON has no form for a object')
    expect(() => jsonCodec.encode(cycle)).toThrow('circular')
    expect(() => jsonCodec.encode({ a: 1n })).toThrow('BigInt')
  })

  test('throws for bytes that are no JSON, wherever they are cut off', () => {
    const bytes = Buffer.from('{"a":[1,"ä"]}')
    for (let end = 1; end < bytes.length; end += 1) expect(() => jsonCodec.decode(bytes, 0, end)).toThrow(SyntaxError)
    expect(() => jsonCodec.decode(Buffer.from([0xff, 0xfe]), 0, 2)).toThrow(SyntaxError)
  })

  test('a field named __proto__ reaches no prototype', () => {
    const bytes = Buffer.from('{"__proto__":{"polluted":true}}')
    const arrived = jsonCodec.decode(bytes, 0, bytes.length)
    expect(Object.getPrototypeOf(arrived)).toBe(Object.prototype)
    expect({}).not.toHaveProperty('polluted')
  })
})
