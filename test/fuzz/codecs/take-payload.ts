import type { Codec, ShapeReader } from '@clusterbus/protocol'
import assert from 'node:assert/strict'
import { refusalOf } from '../engine/refusal.ts'
import type { Outcome } from '../engine/target.ts'

/** Bytes of others, which lie around every payload. */
const before = Buffer.from([0x91, 0x22, 0x5b, 0xc1, 0x40])
const behind = Buffer.from([0x5d, 0x01, 0x7d, 0x22, 0xff, 0x31])

/** Decodes a payload in the middle of a chunk. It must not look around, nor write, nor tell later what it was. */
export function takePayload(reader: Pick<Codec | ShapeReader, 'decode'>, codec: Codec, payload: Buffer): Outcome {
  const chunk = Buffer.concat([before, payload, behind])
  const copy = Buffer.from(chunk)
  const there = attempt(() => reader.decode(chunk, before.length, before.length + payload.length))
  const alone = attempt(() => reader.decode(payload, 0, payload.length))
  assert.ok(chunk.equals(copy), 'it writes into the chunk that it reads')
  assert.equal(there.refusal, alone.refusal, 'what lies around a payload makes a difference')
  if (there.refusal !== undefined) return { path: there.refusal, refusal: there.refusal }
  chunk.fill(0)
  const again = encoded(codec, there.value)
  assert.deepEqual(again, encoded(codec, alone.value), 'a value still lies in the chunk that it came in')
  assertStands(codec, again)
  return { path: outline(there.value), refusal: undefined }
}

/** What was decoded and encoded once is decoded to the same, however often. */
function assertStands(codec: Codec, bytes: Buffer | string): void {
  if (typeof bytes === 'string') return
  const value = codec.decode(bytes, 0, bytes.length)
  assert.deepEqual(encoded(codec, value), bytes, 'a value changes on its way')
}

/** The bytes; or why there are none: data may be too deep one level up, or have a name that no receiver would take. */
function encoded(codec: Codec, value: unknown): Buffer | string {
  try {
    return Buffer.from(codec.encode(value))
  } catch (error) {
    return refusalOf(error)
  }
}

interface Attempt {
  readonly value?: unknown
  readonly refusal: string | undefined
}

function attempt(decode: () => unknown): Attempt {
  try {
    return { value: decode(), refusal: undefined }
  } catch (error) {
    return { refusal: refusalOf(error) }
  }
}

/** What it is made of, two levels deep. */
function outline(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  const name = Object.prototype.toString.call(value).slice(8, -1)
  if (depth > 1 || ArrayBuffer.isView(value)) return name
  const inside: unknown[] =
    value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value)
  return `${name}(${[...new Set(inside.map((item) => outline(item, depth + 1)))].sort().join()})`
}
