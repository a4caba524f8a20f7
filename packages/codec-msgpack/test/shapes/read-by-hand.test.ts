import fc from 'fast-check'
import { expect, test } from 'vitest'
import { msgpackCodec } from '../../src/index.ts'
import { keysOf, ShapedPair } from '../support/shaped-pair.ts'

const codec = msgpackCodec()

/** Values as they may stand in a message, also in forms that our writer does not choose. */
const bytesOfValue = fc.oneof(
  fc.nat({ max: 0x3f }).map((token) => [token]),
  fc.integer({ min: 0xe0, max: 0xff }).map((token) => [token]),
  fc.constantFrom([0xc0], [0xc2], [0xc3], [0xd4, 0, 0], [0x90], [0x80], [0xc4, 1, 7]),
  ...tokensWith(0xca, 4),
  ...tokensWith(0xcb, 8),
  ...[1, 2, 4, 8].flatMap((bytes, index) => [...tokensWith(0xcc + index, bytes), ...tokensWith(0xd0 + index, bytes)]),
  text((length) => [0xa0 + length], 31),
  text((length) => [0xd9, length], 255),
  text((length) => [0xda, 0, length], 255),
)

function tokensWith(token: number, bytes: number): fc.Arbitrary<number[]>[] {
  return [fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((content) => [token, ...content])]
}

function text(header: (length: number) => number[], maxLength: number): fc.Arbitrary<number[]> {
  const unit = fc.constantFrom('x', '~', '\0', 'ü', '€', '😀')
  const ascii = fc.string({ unit: fc.constantFrom('a', 'Z', '9'), maxLength })
  return fc
    .oneof(ascii, fc.string({ unit, maxLength: Math.floor(maxLength / 4) }))
    .map((content) => Buffer.from(content))
    .map((content) => [...header(content.length), ...content])
}

test('a record says the same as a list of its values, however they are written', () => {
  const message = fc.array(bytesOfValue, { minLength: 1, maxLength: 15 })
  fc.assert(
    fc.property(message, (values) => {
      const keys = keysOf('key', values.length)
      const pair = new ShapedPair(codec)
      pair.reader.describe(Buffer.from(JSON.stringify(keys)))
      const list = Buffer.from([0x90 + values.length, ...values.flat()])
      const record = pair.decode(Buffer.from([0x40, ...values.flat()]))
      expect(record).toStrictEqual(
        Object.fromEntries((codec.decode(list, 0, list.length) as unknown[]).map((value, at) => [keys[at], value])),
      )
      expect(Object.keys(record as object)).toStrictEqual(keys)
    }),
    { numRuns: 3000 },
  )
})

test('with a value too few, too many, or cut off, it is refused', () => {
  fc.assert(
    fc.property(fc.array(bytesOfValue, { minLength: 1, maxLength: 12 }), fc.nat(), (values, cut) => {
      const pair = new ShapedPair(codec)
      pair.reader.describe(Buffer.from(JSON.stringify(keysOf('key', values.length))))
      const record = Buffer.from([0x40, ...values.flat()])
      expect(() => pair.decode(record.subarray(0, cut % record.length))).toThrow('bad MessagePack')
      expect(() => pair.decode(Buffer.concat([record, Buffer.from(values[0] ?? [])]))).toThrow('follow its end')
    }),
    { numRuns: 1000 },
  )
})
