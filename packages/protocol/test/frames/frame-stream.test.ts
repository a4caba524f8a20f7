import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { FrameStream, layout } from '../../src/index.ts'
import { thrown } from '../support/thrown.ts'

const limit = 1000

function frame(contentBytes: number, fill = 0xab): Buffer {
  const bytes = Buffer.alloc(layout.baseBytes + contentBytes, fill)
  bytes.writeUInt32LE(bytes.length, 0)
  return bytes
}

/** The frames that come out when the chunks go in; each is copied at once, as chunks may be written over. */
function cut(stream: FrameStream, ...chunks: readonly Buffer[]): Buffer[] {
  const frames: Buffer[] = []
  for (const chunk of chunks) {
    stream.push(chunk, (bytes, start, end) => frames.push(Buffer.from(bytes.subarray(start, end))))
  }
  return frames
}

const frames = [frame(0), frame(5, 1), frame(300, 2), frame(1, 3), frame(limit - layout.baseBytes, 4), frame(0)]
const stream = Buffer.concat(frames)

describe('FrameStream', () => {
  test('cuts many frames out of one chunk, where they lie', () => {
    const seen: Buffer[] = []
    new FrameStream(limit).push(stream, (bytes, start, end) => {
      expect(bytes).toBe(stream)
      seen.push(bytes.subarray(start, end))
    })
    expect(seen).toStrictEqual(frames)
  })

  test('puts frames together wherever the stream is split', () => {
    for (let at = 0; at <= stream.length; at += 1) {
      const parts = [stream.subarray(0, at), stream.subarray(at)].map((part) => Buffer.from(part))
      const seen = cut(new FrameStream(limit), ...parts)
      expect(seen).toHaveLength(frames.length)
      expect(seen.every((bytes, index) => frames[index]?.equals(bytes))).toBe(true)
    }
  })

  test('puts frames together however the stream is split', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 20 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), stream.length]
        const parts = edges.slice(1).map((edge, index) => Buffer.from(stream.subarray(edges[index], edge)))
        const cutter = new FrameStream(limit)
        expect(isDeepStrictEqual(cut(cutter, ...parts), frames)).toBe(true)
        expect(cutter.waitingBytes).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  test('puts frames together byte by byte', () => {
    const parts = Array.from(stream, (byte) => Buffer.from([byte]))
    expect(cut(new FrameStream(limit), ...parts)).toStrictEqual(frames)
  })

  test('keeps a torn part when the chunk that it came in is written over', () => {
    const cutter = new FrameStream(limit)
    const chunk = Buffer.from(stream.subarray(0, 20))
    const seen = cut(cutter, chunk)
    chunk.fill(0xff)
    seen.push(...cut(cutter, stream.subarray(20)))
    expect(seen).toStrictEqual(frames)
  })

  test('cut off at every byte, gives the whole frames and waits for the rest', () => {
    const ends = frames.map((_, index) => Buffer.concat(frames.slice(0, index + 1)).length)
    for (let at = 0; at < stream.length; at += 1) {
      const cutter = new FrameStream(limit)
      const whole = ends.filter((end) => end <= at)
      expect(cut(cutter, stream.subarray(0, at))).toHaveLength(whole.length)
      expect(cutter.waitingBytes).toBe(at - (whole.at(-1) ?? 0))
    }
  })

  test.each([0, 1, layout.baseBytes - 1, limit + 1, 2 ** 31, 2 ** 32 - 1])(
    'refuses a length of %i, whole or byte by byte',
    (length) => {
      const header = Buffer.alloc(4)
      header.writeUInt32LE(length)
      const parts = Array.from(header, (byte) => Buffer.from([byte]))
      for (const chunks of [
        [header],
        parts,
        [Buffer.concat([frame(3), header])],
        [frame(3).subarray(0, 5), Buffer.concat([frame(3).subarray(5), header])],
      ]) {
        const error = thrown(() => cut(new FrameStream(limit), ...chunks))
        expect(error.code).toBe('BAD_FRAME')
        expect(error.message).toContain(`a length of ${length} is`)
      }
    },
  )

  test('takes a frame of exactly the limit, and none that is longer by a byte', () => {
    expect(cut(new FrameStream(limit), frame(limit - layout.baseBytes))).toHaveLength(1)
    expect(() => cut(new FrameStream(limit), frame(limit - layout.baseBytes + 1))).toThrow('over the limit of 1000')
  })

  test('a sender that announces much and drips holds no more than twice what it sent', () => {
    const announced = 64 * 1024 * 1024
    const cutters = Array.from({ length: 20 }, () => new FrameStream(announced))
    const header = Buffer.alloc(4)
    header.writeUInt32LE(announced)
    const before = process.memoryUsage().arrayBuffers
    for (const cutter of cutters) {
      cut(cutter, header)
      for (let drop = 0; drop < 1000; drop += 1) cut(cutter, Buffer.from([drop & 0xff]))
      expect(cutter.waitingBytes).toBe(1004)
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 1024 * 1024)
  })

  test('byte by byte costs time in proportion to the bytes', () => {
    const large = frame(300_000)
    const cutter = new FrameStream(large.length)
    const drop = Buffer.alloc(1)
    let seen = 0
    for (const byte of large) {
      drop[0] = byte
      cutter.push(drop, (bytes, start, end) => {
        expect(bytes.subarray(start, end).equals(large)).toBe(true)
        seen += 1
      })
    }
    expect(seen).toBe(1)
  })

  test('an empty chunk changes nothing', () => {
    const nothing = Buffer.alloc(0)
    const part = frame(5).subarray(0, 2)
    expect(
      cut(new FrameStream(limit), nothing, part, nothing, frame(5).subarray(2, 6), nothing, frame(5).subarray(6)),
    ).toStrictEqual([frame(5)])
  })

  test('what the handler throws comes through, and the frame is not handed on again', () => {
    const cutter = new FrameStream(limit)
    cut(cutter, frame(5).subarray(0, 6))
    const fail = (): never => {
      throw new Error('from the handler')
    }
    expect(() => cutter.push(frame(5).subarray(6), fail)).toThrow('from the handler')
    expect(cut(cutter, frame(1))).toStrictEqual([frame(1)])
  })
})
