import { type Codec, FrameKind, layout, read, type ShapeReader, type ShapeWriter } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'

/** Number of {@link keyedCodec}. */
export const keyedId = 77

/**
 * A codec whose shapes are plain to see: an object's keys, described when they come for the first time. Such an object
 * travels as `[shape, ...values]`, all else as JSON.
 */
export function keyedCodec(options: { readonly onReader?: (reader: ShapeReader) => void } = {}): Codec {
  return {
    id: keyedId,
    name: 'keyed',
    encode: (data) => Buffer.from(JSON.stringify({ data })),
    decode: (bytes, start, end) => Object(JSON.parse(bytes.toString('utf8', start, end))).data,
    shapes: {
      writer: () => new KeyedWriter(),
      reader() {
        const reader = new KeyedReader()
        options.onReader?.(reader)
        return reader
      },
    },
  }
}

class KeyedWriter implements ShapeWriter {
  readonly descriptions: Uint8Array[] = []
  readonly #known: string[] = []

  encode(data: unknown, target: Buffer, at: number): number {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return -1
    const keys = JSON.stringify(Object.keys(data))
    if (!this.#known.includes(keys)) {
      this.#known.push(keys)
      this.descriptions.push(Buffer.from(keys))
    }
    const text = textOf(this.#known.indexOf(keys), data)
    if (text === '') return -1
    return Buffer.byteLength(text) > target.length - at ? -1 : at + target.write(text, at)
  }
}

/** Nothing for what has no JSON. */
function textOf(shape: number, data: object): string {
  try {
    return JSON.stringify([shape, ...Object.values(data)])
  } catch {
    return ''
  }
}

class KeyedReader implements ShapeReader {
  readonly #shapes: string[][] = []

  describe(description: Uint8Array): void {
    const keys: unknown = JSON.parse(Buffer.from(description).toString())
    if (!Array.isArray(keys)) throw new TypeError('no keys')
    this.#shapes.push(keys.map(String))
  }

  decode(bytes: Buffer, start: number, end: number): unknown {
    const [number, ...values] = JSON.parse(bytes.toString('utf8', start, end)) as [number, ...unknown[]]
    const keys = this.#shapes[number]
    if (keys === undefined) throw new RangeError(`there is no shape ${number}`)
    return Object.fromEntries(keys.map((key, index) => [key, values[index]]))
  }
}

/** How many of the messages refer to shapes. */
export function shapedOf(link: FakeLink): number {
  return link.frames.filter((frame) => isMessage(frame) && ((frame[5] ?? 0) & layout.flagShaped) !== 0).length
}

function isMessage(frame: Buffer): boolean {
  return frame[4] === FrameKind.PUBLISH || frame[4] === FrameKind.PUBLISH_NAMED
}

/** What a receiver understands who hears all that was said over the link: the data, or what it stumbled over. */
export function heardBy(link: FakeLink, codec: Codec = keyedCodec()): unknown[] {
  const reader = codec.shapes?.reader()
  const heard: unknown[] = []
  let told = 0
  for (const frame of link.frames) {
    const kind = frame[4]
    const isShaped = ((frame[5] ?? 0) & layout.flagShaped) !== 0
    if (kind === FrameKind.SHAPE) {
      const number = layout.readU32(frame, layout.shapeNumberAt)
      if (number !== told) heard.push(`shape ${number} where ${told} was expected`)
      reader?.describe(frame.subarray(layout.shapeBytes))
      told += 1
    } else if (isMessage(frame)) {
      const nameBytes = kind === FrameKind.PUBLISH ? 0 : layout.readU32(frame, layout.topicAt)
      const at = read.payloadStart(frame, 0, layout.publishBytes + nameBytes, frame.length)
      heard.push((isShaped && reader !== undefined ? reader : codec).decode(frame, at, frame.length))
    }
  }
  return heard
}
