import type { ShapeCodec, ShapeReader, ShapeWriter } from '@clusterbus/protocol'
import assert from 'node:assert/strict'
import type { CodecCase, CodecHost } from '../codec-case.ts'
import { decode, inChunk } from '../tools/payload.ts'

/** More often than any writer wants to see a shape before it describes it. */
const timesMax = 1_000
const at = 11
const flat = { id: 7, name: 'text', on: true }

export const shapes: readonly CodecCase[] = [
  {
    name: 'data that recurs is described once, and arrives as it was',
    run(host) {
      const { writer, reader } = taught(host)
      const told = writer.descriptions.length
      for (const data of [flat, { id: -1.5, name: 'é☃', on: false }, { id: 2 ** 40, name: '', on: null }]) {
        assert.deepEqual(decode(reader, inChunk(written(writer, data))), data)
      }
      assert.equal(writer.descriptions.length, told)
    },
  },
  {
    name: 'each message is decoded alone, by any reader that was told the shapes',
    run(host) {
      const { writer } = taught(host)
      const messages = [1, 2, 3].map((id) => inChunk(written(writer, { ...flat, id })))
      for (const [index, message] of [...messages.entries()].reverse()) {
        assert.deepEqual(decode(readerOf(host, writer), message), { ...flat, id: index + 1 })
      }
    },
  },
  {
    name: 'no more is described than may be: 64 shapes of 4 KiB each',
    run(host) {
      const writer = shapesOf(host).writer()
      const target = Buffer.alloc(64 * 1024)
      for (let shape = 0; shape < 200; shape += 1) {
        const data = { [`only ${shape}`]: 1, [`long ${'x'.repeat(shape * 40)}`]: 2 }
        for (let times = 0; times < 40; times += 1) writer.encode(data, target, 0)
      }
      assert.ok(writer.descriptions.length <= 64)
      assert.ok(writer.descriptions.every((description) => description.length <= 4 * 1024))
    },
  },
  {
    name: 'nothing is written before the place, and nothing without room',
    run(host) {
      const { writer } = taught(host)
      const { length } = written(writer, flat)
      for (let room = 0; room <= length; room += 1) {
        const target = Buffer.alloc(at + room, 0xee)
        const end = writer.encode(flat, target, at)
        assert.ok(end === -1 || end === at + length)
        assert.ok(target.subarray(0, at).equals(Buffer.alloc(at, 0xee)))
      }
    },
  },
  {
    name: 'data that cannot be encoded is left to the codec, without a throw',
    run(host) {
      const { writer } = taught(host)
      const getter = {
        ...flat,
        get on(): never {
          throw new RangeError('of the app')
        },
      }
      const others = Object.values(host.unencodable).map((data) => ({ ...flat, on: data }))
      for (const data of [getter, ...others, ...Object.values(host.unencodable)]) {
        assert.equal(writer.encode(data, Buffer.alloc(4_096), at), -1)
      }
      assert.ok(writer.encode(flat, Buffer.alloc(4_096), at) > at)
    },
  },
  {
    name: 'a call from within a call returns -1, and disturbs nothing',
    run(host) {
      const { writer, reader } = taught(host)
      const inner: number[] = []
      const data = {
        id: 1,
        get name() {
          inner.push(writer.encode(flat, Buffer.alloc(4_096), at))
          return 'outer'
        },
        on: true,
      }
      const outer = decode(reader, inChunk(written(writer, data)))
      assert.deepEqual(outer, { id: 1, name: 'outer', on: true })
      assert.deepEqual([...new Set(inner)], [-1])
    },
  },
  {
    name: 'a description is not kept, and one that no writer makes throws',
    run(host) {
      const { writer } = taught(host)
      const reader = shapesOf(host).reader()
      for (const description of writer.descriptions) {
        const copy = Buffer.from(description)
        reader.describe(copy)
        copy.fill(0)
      }
      assert.deepEqual(decode(reader, inChunk(written(writer, flat))), flat)
      assert.throws(() => reader.describe(Buffer.from([0xff, 0xfe, 0x00])), Error)
      assert.throws(() => reader.describe(Buffer.alloc(0)), Error)
    },
  },
  {
    name: 'a shape that was not described, and a message that is cut off, throw and leave no trace',
    run(host) {
      const { writer, reader } = taught(host)
      const message = written(writer, flat)
      const untold = shapesOf(host).reader()
      assert.throws(() => decode(untold, inChunk(message)), Error)
      for (let length = 0; length < message.length; length += 1) {
        assert.throws(() => decode(reader, inChunk(message.subarray(0, length))), Error)
        assert.deepEqual(decode(reader, inChunk(message)), flat)
      }
    },
  },
]

function shapesOf(host: CodecHost): ShapeCodec {
  const { shapes: codecShapes } = host.codec()
  assert.ok(codecShapes !== undefined, 'a codec without shapes')
  return codecShapes
}

/** A writer that has described the shape of `flat`, and a reader that was told of it. */
function taught(host: CodecHost): { writer: ShapeWriter; reader: ShapeReader } {
  const writer = shapesOf(host).writer()
  const target = Buffer.alloc(4_096)
  for (let times = 0; times < timesMax && writer.encode(flat, target, at) === -1;) times += 1
  return { writer, reader: readerOf(host, writer) }
}

function readerOf(host: CodecHost, writer: ShapeWriter): ShapeReader {
  const reader = shapesOf(host).reader()
  for (const description of writer.descriptions) reader.describe(description)
  return reader
}

function written(writer: ShapeWriter, data: unknown): Buffer {
  const target = Buffer.alloc(4_096, 0xee)
  const end = writer.encode(data, target, at)
  assert.ok(end > at && end <= target.length, 'data of a shape that was described is encoded without it')
  return target.subarray(at, end)
}
