import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChunkWriter, chunkBytes } from '../../src/index.ts'

describe('ChunkWriter', () => {
  test('gives back what was written, copied and taken in, in order, and never changes it afterwards', () => {
    const step = fc.record({
      kind: fc.constantFrom('write', 'slice', 'copy', 'take'),
      bytes: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 20_000, max: 90_000 })),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const writer = new ChunkWriter()
        const expected: Buffer[] = []
        const taken: Buffer[] = []
        for (const [index, { kind, bytes }] of steps.entries()) {
          const content = Buffer.alloc(bytes, index + 1)
          if (kind === 'take') taken.push(...writer.take())
          else expected.push(content)
          if (kind === 'write') writeInPlace(writer, content)
          if (kind === 'slice') writer.appendSlice(Buffer.from(content))
          if (kind === 'copy')
            writer.appendCopy(Buffer.concat([Buffer.from('<'), content, Buffer.from('>')]), 1, 1 + bytes)
          const queued = total(expected) - total(taken)
          expect(writer.queuedBytes).toBe(queued)
        }
        taken.push(...writer.take())
        expect(Buffer.concat(taken).equals(Buffer.concat(expected))).toBe(true)
        expect(writer.queuedBytes).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test('a slice is handed on as it is, without a copy', () => {
    const writer = new ChunkWriter()
    const slice = Buffer.from('slice')
    writeInPlace(writer, Buffer.from('before'))
    writer.appendSlice(slice)
    const [before, same] = writer.take()
    expect(before?.toString()).toBe('before')
    expect(same).toBe(slice)
  })

  test('what is written after a take goes behind it, into the same chunk', () => {
    const writer = new ChunkWriter()
    writeInPlace(writer, Buffer.from('one'))
    const { chunk } = writer
    const [one] = writer.take()
    writeInPlace(writer, Buffer.from('two'))
    expect(writer.chunk).toBe(chunk)
    expect(writer.position).toBe(6)
    expect(one?.toString()).toBe('one')
    expect(writer.take().map(String)).toStrictEqual(['two'])
  })

  test('a full chunk is a whole segment, a slice too, and a part of a chunk is not', () => {
    const writer = new ChunkWriter()
    writeInPlace(writer, Buffer.alloc(chunkBytes))
    expect(writer.hasWholeSegment).toBe(false)
    writeInPlace(writer, Buffer.from('x'))
    expect(writer.hasWholeSegment).toBe(true)
    writer.take()
    expect(writer.hasWholeSegment).toBe(false)
    writer.appendSlice(Buffer.from('slice'))
    expect(writer.hasWholeSegment).toBe(true)
  })

  test('what is longer than a chunk gets one of its own', () => {
    const writer = new ChunkWriter()
    writer.reserve(3 * chunkBytes)
    expect(writer.chunk.length).toBe(3 * chunkBytes)
    writer.position += 3 * chunkBytes
    expect(writer.take().map((segment) => segment.length)).toStrictEqual([3 * chunkBytes])
  })

  test('reserving again and again without writing makes nothing', () => {
    const writer = new ChunkWriter()
    for (const bytes of [10, chunkBytes, 10, 2 * chunkBytes]) writer.reserve(bytes)
    expect(writer.queuedBytes).toBe(0)
    expect(writer.take()).toStrictEqual([])
  })

  test('a take of so many bytes leaves the rest, in order', () => {
    const writer = new ChunkWriter()
    for (const part of ['one', 'two', 'three']) writer.appendSlice(Buffer.from(part))
    expect(writer.take(4).join()).toBe('one,two')
    expect(writer.queuedBytes).toBe(5)
    writeInPlace(writer, Buffer.from('four'))
    expect(writer.take(0)).toEqual([])
    expect(writer.take().join()).toBe('three,four')
    expect(writer.queuedBytes).toBe(0)
  })

  test('chunks are not from the pool that other buffers come from, and grow with what is said', () => {
    const writer = new ChunkWriter()
    const sizes = Array.from({ length: 8 }, () => {
      writer.reserve(1)
      writer.position = writer.chunk.length
      return writer.chunk.buffer.byteLength
    })
    expect(sizes).toEqual([1024, 2048, 4096, 8192, 16_384, 32_768, chunkBytes, chunkBytes])
  })
})

function writeInPlace(writer: ChunkWriter, content: Buffer): void {
  writer.reserve(content.length)
  content.copy(writer.chunk, writer.position)
  writer.position += content.length
}

function total(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}
