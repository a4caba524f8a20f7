import {
  BusError,
  bytesCodec,
  isBytes,
  type ChunkWriter,
  type Codec,
  describeThrown,
  encodeHeaders,
  type Headers,
  jsonCodec,
  quoted,
} from '@clusterbus/protocol'
import { IncomingShapes } from './incoming-shapes.ts'
import { OutgoingShapes } from './outgoing-shapes.ts'
import type { SchemaCheck } from './schemas/schema-check.ts'

/** Text up to this length is given room for its longest form at once; beyond, its bytes are counted first. */
const shortText = 4096

/** The codecs of one bus: the one it writes with, and all that it can read; and the schemas of what they carry. */
export class Payloads {
  readonly #own: Codec
  readonly #byId: (Codec | undefined)[] = []
  /** Where the codec of this bus describes shapes. */
  readonly outgoingShapes: OutgoingShapes | undefined
  readonly incomingShapes: IncomingShapes
  /** Whether JSON is read by our codec, and not by one of the app's own in its place. */
  readonly readsPlainJson: boolean
  /** Largest payload, in bytes. */
  limitBytes: number
  readonly schemas: SchemaCheck | undefined

  constructor(own: Codec | undefined, limitBytes: number, schemas?: SchemaCheck) {
    this.schemas = schemas
    this.#own = own ?? jsonCodec
    this.limitBytes = limitBytes
    for (const codec of [bytesCodec, jsonCodec, this.#own]) this.#byId[codec.id] = codec
    const { shapes } = this.#own
    this.outgoingShapes = shapes === undefined ? undefined : new OutgoingShapes(this.#own.id, shapes)
    this.readsPlainJson = this.#byId[jsonCodec.id] === jsonCodec
    this.incomingShapes = new IncomingShapes(this.#byId)
  }

  /** Encodes what the call named `call` was given. Throws `UNENCODABLE`, or `PAYLOAD_TOO_LARGE`. */
  encode(data: unknown, call: string, topic: string): EncodedPayload {
    const codec = isBytes(data) ? bytesCodec : this.#own
    let encoded: string | Uint8Array
    try {
      encoded = codec.encode(data)
      if (typeof encoded !== 'string' && !isBytes(encoded)) throw new TypeError('the codec gave neither text nor bytes')
    } catch (cause) {
      const { message: why } = describeThrown(cause)
      const message = `${call}(${quoted(topic)}): the data cannot be encoded as ${codec.name}: ${why}`
      throw new BusError('UNENCODABLE', message, { topic, codec: codec.name, cause })
    }
    let bytes = roomBytes(encoded)
    if (bytes > this.limitBytes && typeof encoded === 'string') bytes = Buffer.byteLength(encoded)
    this.#assertFits(bytes, call, topic)
    return { codec: codec.id, encoded, roomBytes: bytes }
  }

  /** Encodes what the schema of the topic makes of the data. Throws `UNENCODABLE`, or `PAYLOAD_TOO_LARGE`. */
  encodeChecked(data: unknown, call: string, topic: string): EncodedPayload {
    const checked = this.schemas === undefined ? data : this.schemas.published(data, call, topic)
    return this.encode(checked, call, topic)
  }

  /** Encodes what the schema of the topic makes of an answer. Throws `UNENCODABLE`, or `PAYLOAD_TOO_LARGE`. */
  encodeReply(value: unknown, topic: string): EncodedPayload {
    const checked = this.schemas === undefined ? value : this.schemas.replied(value, topic)
    return this.encode(checked, 'respond', topic)
  }

  /** Name of the codec with that number, or the number where it is unknown. */
  nameOf(id: number): string {
    return this.#byId[id]?.name ?? String(id)
  }

  /** Decodes a payload. Throws `UNKNOWN_CODEC` or `UNDECODABLE`. */
  decode(id: number, bytes: Buffer, start: number, end: number, topic: string): unknown {
    const codec = this.#codec(id, topic)
    try {
      return codec.decode(bytes, start, end)
    } catch (cause) {
      throw undecodable(codec, topic, cause)
    }
  }

  /** Decodes a payload that refers to shapes of its sender. Throws `UNKNOWN_CODEC` or `UNDECODABLE`. */
  decodeShaped(sender: number, id: number, bytes: Buffer, start: number, end: number, topic: string): unknown {
    const codec = this.#codec(id, topic)
    try {
      return this.incomingShapes.reader(sender, id).decode(bytes, start, end)
    } catch (cause) {
      throw undecodable(codec, topic, cause)
    }
  }

  #codec(id: number, topic: string): Codec {
    const codec = this.#byId[id]
    if (codec !== undefined) return codec
    const message = `a message on ${quoted(topic)} came in codec ${id}, which this bus does not have; give createBus the codec that its publisher uses`
    throw new BusError('UNKNOWN_CODEC', message, { topic, codec: String(id) })
  }

  #assertFits(bytes: number, call: string, topic: string): void {
    if (bytes <= this.limitBytes) return
    const message = `${call}(${quoted(topic)}): the payload of ${bytes} bytes is over the limit of ${this.limitBytes}; send less, or raise limits.payloadBytes in the bus and the broker`
    throw new BusError('PAYLOAD_TOO_LARGE', message, { topic, bytes, limit: this.limitBytes })
  }
}

/** Encodes the headers that a call was given. Before its data: reading headers may run code of the app. */
export function encodeGivenHeaders(given: Headers | undefined, call: string, topic: string): Buffer | undefined {
  return given === undefined ? undefined : encodeHeaders(given, `${call}(${quoted(topic)})`)
}

function undecodable(codec: Codec, topic: string, cause: unknown): BusError {
  const { message: why } = describeThrown(cause)
  const message = `a message on ${quoted(topic)} cannot be decoded as ${codec.name}: ${why}`
  return new BusError('UNDECODABLE', message, { topic, codec: codec.name, cause })
}

export interface EncodedPayload {
  readonly codec: number
  readonly encoded: string | Uint8Array
  /** Room that it takes at most, in bytes. */
  readonly roomBytes: number
}

/** Writes the payload at the writer's position, where room was made for it. */
export function writePayload(writer: ChunkWriter, payload: EncodedPayload): void {
  const { encoded } = payload
  if (typeof encoded === 'string') {
    writer.position += writer.chunk.write(encoded, writer.position)
  } else {
    writer.chunk.set(encoded, writer.position)
    writer.position += encoded.length
  }
}

/** Exact for bytes and for long text; for short text the most that it can take. */
function roomBytes(encoded: string | Uint8Array): number {
  if (typeof encoded !== 'string') return encoded.length
  return encoded.length <= shortText ? encoded.length * 3 : Buffer.byteLength(encoded)
}
