import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeHeaders, encodeHeaders, layout, noHeaders } from '../../src/index.ts'
import { thrown } from '../support/thrown.ts'

function pass(headers: unknown): unknown {
  const encoded = encodeHeaders(headers, 'publish')
  const chunk = Buffer.concat([Buffer.from('xx'), encoded, Buffer.from('yy')])
  return decodeHeaders(chunk, 2, 2 + encoded.length)
}

function decode(text: string): unknown {
  return decodeHeaders(Buffer.from(text), 0, Buffer.byteLength(text))
}

describe('headers', () => {
  test('arrive as they were written', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 10 }),
      fc.constantFrom('__proto__', 'constructor', 'toJSON'),
    )
    const headers = fc.array(fc.tuple(name, fc.string({ unit: 'binary', maxLength: 10 })), { maxLength: 10 })
    fc.assert(
      fc.property(headers, (entries) => {
        const sent = Object.fromEntries(entries)
        expect(new Map(Object.entries(pass(sent) as object))).toStrictEqual(new Map(Object.entries(sent)))
      }),
    )
  })

  test('have no prototype and can not be changed', () => {
    for (const headers of [pass({ a: 'b' }), pass({}), noHeaders]) {
      expect(Object.getPrototypeOf(headers)).toBeNull()
      expect(Object.isFrozen(headers)).toBe(true)
    }
  })

  test('named __proto__ are a name like any other', () => {
    const headers = decode('{"__proto__":"x","a":"b"}')
    expect(Object.entries(headers as object)).toStrictEqual([
      ['__proto__', 'x'],
      ['a', 'b'],
    ])
    expect({}).not.toHaveProperty('a')
  })

  test.each([5, true, null, undefined, {}, ['x'], () => 'x', Symbol('x')])(
    'with a value that is no string are not sent: %s',
    (value) => {
      const error = thrown(() => encodeHeaders({ name: value }, 'publish'))
      expect(error.code).toBe('UNENCODABLE')
      expect(error.message).toContain('publish: the header "name"')
    },
  )

  test('that say something else each time they are read are sent as they were looked at', () => {
    let reads = 0
    const headers = {
      get name() {
        reads += 1
        return reads === 1 ? 'x' : 5
      },
    }
    expect(pass(headers)).toEqual({ name: 'x' })
  })

  test.each([null, undefined, 'a=b', 5, ['a'], []])('that are no object are not sent: %j', (headers) => {
    expect(thrown(() => encodeHeaders(headers, 'publish')).code).toBe('UNENCODABLE')
  })

  test('fill 16 KiB and not a byte more', () => {
    const overhead = '{"a":""}'.length
    const most = layout.headerBytesMax - overhead
    expect(encodeHeaders({ a: 'x'.repeat(most) }, 'publish')).toHaveLength(layout.headerBytesMax)
    const error = thrown(() => encodeHeaders({ a: 'x'.repeat(most + 1) }, 'publish'))
    expect(error).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      limit: layout.headerBytesMax,
      bytes: layout.headerBytesMax + 1,
    })
    expect(thrown(() => encodeHeaders({ a: 'ä'.repeat(most / 2 + 1) }, 'publish')).code).toBe('PAYLOAD_TOO_LARGE')
  })

  test.each([
    '',
    '[',
    '[]',
    'null',
    '5',
    '"a"',
    '{"a":1}',
    '{"a":null}',
    '{"a":{"b":"c"}}',
    '{"a":["b"]}',
    '{"__proto__":{"a":"b"}}',
  ])('that are no JSON object of strings are a bad frame: %s', (text) => {
    expect(thrown(() => decode(text)).code).toBe('BAD_FRAME')
  })
})
