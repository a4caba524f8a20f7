import type { Codec, ShapeReader, ShapeWriter } from '@clusterbus/protocol'

/** Times that data is encoded before it must have been learned. */
const timesMax = 100

/** Room for a message, and where in it the message begins. */
const roomBytes = 16 * 1024
export const encodedAt = 23

/** Who publishes with shapes, and who has been told them. */
export class ShapedPair {
  readonly writer: ShapeWriter
  readonly reader: ShapeReader
  #told = 0

  constructor(codec: Codec) {
    const { shapes } = codec
    if (shapes === undefined) throw new Error('a codec without shapes')
    this.writer = shapes.writer()
    this.reader = shapes.reader()
  }

  /** The shapes that were described, each as its keys. */
  get described(): unknown[] {
    return this.writer.descriptions.map((description) => JSON.parse(Buffer.from(description).toString()))
  }

  /** The bytes of a message, as a copy; `undefined` when the writer leaves it to the codec. The reader is told what is new. */
  encode(data: unknown): Buffer | undefined {
    return this.encodeInto(Buffer.alloc(roomBytes, 0xee), data)
  }

  /** The same, where there is as much room as `target` has from there on. */
  encodeInto(target: Buffer, data: unknown): Buffer | undefined {
    const end = this.writer.encode(data, target, encodedAt)
    for (; this.#told < this.writer.descriptions.length; this.#told += 1) {
      const description = this.writer.descriptions[this.#told]
      if (description !== undefined) this.reader.describe(description)
    }
    return end < 0 ? undefined : target.subarray(encodedAt, end)
  }

  /** Encodes `data` until its shape is described. */
  learn(data: unknown): this {
    for (let times = 0; times < timesMax; times += 1) if (this.encode(data) !== undefined) return this
    throw new Error(`not learned after ${timesMax} times: ${JSON.stringify(data)}`)
  }

  /** What the receiver makes of bytes that lie in the middle of others, as in a chunk full of frames. */
  decode(encoded: Uint8Array): unknown {
    const chunk = Buffer.concat([Buffer.alloc(11, 0xee), encoded, Buffer.alloc(13, 0xee)])
    return this.reader.decode(chunk, 11, 11 + encoded.length)
  }

  /** What arrives of data that is encoded with shapes. */
  pass(data: unknown): unknown {
    const encoded = this.encode(data)
    if (encoded === undefined) throw new Error(`not encoded with shapes: ${String(data)}`)
    return this.decode(encoded)
  }
}

/** An object with these keys, in this order, all of whose values are `value`. */
export function withKeys(keys: readonly string[], value: unknown = 1): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, value]))
}

/** `count` different keys that begin with `prefix`. */
export function keysOf(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`)
}
