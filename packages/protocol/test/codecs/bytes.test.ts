import { describe, expect, test } from 'vitest'
import { bytesCodec } from '../../src/index.ts'

describe('the bytes codec', () => {
  test('says who it is', () => {
    expect(bytesCodec).toMatchObject({ id: 0, name: 'bytes' })
    expect(Object.isFrozen(bytesCodec)).toBe(true)
  })

  test.each([new Uint8Array([1, 2, 3]), Buffer.from([1, 2, 3]), new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4)])(
    'carries bytes as they are',
    (bytes) => {
      const encoded = Buffer.from(bytesCodec.encode(bytes))
      const chunk = Buffer.concat([Buffer.from('<'), encoded, Buffer.from('>')])
      expect(bytesCodec.decode(chunk, 1, 4)).toStrictEqual(new Uint8Array([1, 2, 3]))
    },
  )

  test('carries no bytes at all', () => {
    expect(bytesCodec.decode(Buffer.from('x'), 1, 1)).toStrictEqual(new Uint8Array(0))
  })

  test('what arrives is a copy of its own', () => {
    const chunk = Buffer.from([1, 2, 3])
    const arrived = bytesCodec.decode(chunk, 0, 3) as Uint8Array
    chunk.fill(0)
    expect(arrived).toStrictEqual(new Uint8Array([1, 2, 3]))
    expect(arrived.buffer.byteLength).toBe(3)
  })

  test.each(['text', [1, 2], new Uint16Array(2), new ArrayBuffer(2), null, undefined])(
    'takes nothing else: %s',
    (data) => {
      expect(() => bytesCodec.encode(data)).toThrow('the bytes codec takes a Uint8Array')
    },
  )
})
