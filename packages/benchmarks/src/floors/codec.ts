import { msgpackCodec } from '@clusterbus/codec-msgpack'
import { type Codec, jsonCodec } from '@clusterbus/protocol'
import { nowNs } from '../arena/usage.ts'
import { sampleMaker } from '../workload.ts'

/** `msgpack-shapes`: as a bus publishes with it, the shape of the messages being described already. */
export type FloorCodec = 'json' | 'msgpack' | 'msgpack-shapes'

/** What a codec alone takes for one message, in nanoseconds. */
export interface CodecCost {
  readonly encodeNs: number
  readonly decodeNs: number
}

type Coder = Pick<Codec, 'encode' | 'decode'>

const coders: Readonly<Record<FloorCodec, (example: unknown) => Coder>> = {
  json: () => jsonCodec,
  msgpack: () => msgpackCodec(),
  'msgpack-shapes': shapeCoder,
}

export function isFloorCodec(name: unknown): name is FloorCodec {
  return typeof name === 'string' && name in coders
}

/** Messages that are encoded, and then decoded, between two looks at the clock. */
const batchMessages = 512

/**
 * Makes what measures a codec with messages of about `bytes` bytes of JSON, and nothing around it. Encoding text includes
 * writing it as UTF-8 into a buffer, and decoding reading it from there; binary forms are taken where the codec has put
 * them.
 */
export function codecMeter(name: FloorCodec, bytes: number): (ms: number) => CodecCost {
  const sample = sampleMaker(bytes, 0)
  const codec = coders[name](sample(0, 0))
  const samples = Array.from({ length: batchMessages }, (_, index) => sample(100_000 + index, 123_456_789_012_345))
  const encoded = samples.map((each) => Buffer.from(codec.encode(each)))
  const received = Buffer.concat(encoded)
  const sent = Buffer.allocUnsafeSlow(received.length)

  function encodeBatch(): void {
    let end = 0
    for (const each of samples) {
      const form = codec.encode(each)
      if (typeof form === 'string') end += sent.write(form, end)
    }
  }

  function decodeBatch(): void {
    let start = 0
    for (const { length } of encoded) {
      codec.decode(received, start, start + length)
      start += length
    }
  }

  return (ms) => {
    let batches = 0
    let encodeNs = 0
    let decodeNs = 0
    while (encodeNs + decodeNs < ms * 1e6) {
      const startNs = nowNs()
      encodeBatch()
      const betweenNs = nowNs()
      decodeBatch()
      encodeNs += betweenNs - startNs
      decodeNs += nowNs() - betweenNs
      batches += 1
    }
    const messages = batches * batchMessages
    return { encodeNs: encodeNs / messages, decodeNs: decodeNs / messages }
  }
}

/** Encodes `example` until its shape is known on both sides. */
function shapeCoder(example: unknown): Coder {
  const { shapes } = msgpackCodec()
  const writer = shapes?.writer()
  const reader = shapes?.reader()
  if (writer === undefined || reader === undefined) throw new TypeError('this codec has no shapes')
  const room = Buffer.allocUnsafeSlow(64 * 1024)
  while (writer.encode(example, room, 0) < 0) continue
  for (const description of writer.descriptions) reader.describe(description)
  return {
    encode: (data) => room.subarray(0, Math.max(0, writer.encode(data, room, 0))),
    decode: (received, start, end) => reader.decode(received, start, end),
  }
}
