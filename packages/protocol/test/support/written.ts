import { expect } from 'vitest'
import { ChunkWriter, FrameKind, FrameStream, layout, write } from '../../src/index.ts'

/** One frame between others, with its place. */
export function written(into: (writer: ChunkWriter) => void): { bytes: Buffer; start: number; end: number } {
  const writer = new ChunkWriter()
  write.writeText(writer, FrameKind.CLOSE, '')
  const start = writer.queuedBytes
  into(writer)
  const end = writer.queuedBytes
  write.writeText(writer, FrameKind.CLOSE, '')
  const bytes = Buffer.concat(writer.take())
  const edges: number[][] = []
  new FrameStream(1 << 20).push(bytes, (_, from, to) => edges.push([from, to]))
  expect(edges[1]).toStrictEqual([start, end])
  return { bytes, start, end }
}

export function base(bytes: Buffer, start: number): object {
  return {
    length: layout.readU32(bytes, start),
    kind: bytes[start + 4],
    flags: bytes[start + 5],
    codec: bytes[start + 6],
    zero: bytes[start + 7],
  }
}
