import type { Codec, ShapeReader } from '@clusterbus/protocol'

/** A payload where receivers find it: in the middle of a chunk, among bytes of others. */
export interface Payload {
  readonly chunk: Buffer
  readonly start: number
  readonly end: number
}

/** Bytes that a JSON, a MessagePack or any other reader could take for its own. */
const before = Buffer.from([0x5b, 0x22, 0x93, 0xc1, 0x40, 0x31])
const behind = Buffer.from([0x2c, 0x31, 0x5d, 0x22, 0x01, 0xff, 0x00])

/** A copy of the bytes, as a chunk brings them. */
export function inChunk(bytes: Uint8Array): Payload {
  return {
    chunk: Buffer.concat([before, bytes, behind]),
    start: before.length,
    end: before.length + bytes.length,
  }
}

/** The bytes that are sent: a copy, as the contract asks for. */
export function encode(codec: Codec, data: unknown): Buffer {
  return Buffer.from(codec.encode(data))
}

export function decode(reader: Pick<Codec | ShapeReader, 'decode'>, { chunk, start, end }: Payload): unknown {
  return reader.decode(chunk, start, end)
}
