/**
 * Turns data into bytes and back. Implementations hold no state that a message depends on: any message can be decoded
 * alone. A codec is named in every frame, so that members with different codecs share one bus.
 */
export interface Codec {
  /** The number that stands for this codec on the wire: 0 to 15 are clusterbus's own, 16 to 255 yours. */
  readonly id: number
  /** The name that `message.codec` and errors show. */
  readonly name: string
  /**
   * The encoded form: text is sent as UTF-8. A returned array is copied before `encode` is called again, so it may be
   * a view of a buffer that the codec uses again. Throws anything for what can't be encoded.
   */
  encode(data: unknown): string | Uint8Array
  /** Reads the payload in `bytes` from `start` to `end`. Must not keep or return a view of `bytes`. Throws anything. */
  decode(bytes: Buffer, start: number, end: number): unknown
  /** What the codec needs to describe recurring shapes once. Without it every message stands alone. */
  readonly shapes?: ShapeCodec
}

/**
 * The part of a codec that saves what recurs: a bus describes the shape of its data once, to everybody who receives
 * from it, and its messages refer to that. Only published messages do; all others are encoded by {@link Codec.encode}.
 */
export interface ShapeCodec {
  /** For what one bus publishes. */
  writer(): ShapeWriter
  /** For what one member publishes, as another receives it. */
  reader(): ShapeReader
}

/** Encodes with the shapes of one bus. */
export interface ShapeWriter {
  /** How the shapes are described: at most 64, of at most 4 KiB each. {@link encode} adds to them. */
  readonly descriptions: readonly Uint8Array[]
  /**
   * Writes the data into `target` from `at` on, and returns where it ends; -1 for data that is to be encoded without
   * shapes, because it has none that is known or there is no room. What it writes refers only to shapes that were
   * described before the call or in it. A call from within it, by a getter in the data, returns -1. Throws nothing.
   */
  encode(data: unknown, target: Buffer, at: number): number
}

/** Decodes what one member has encoded with its shapes. */
export interface ShapeReader {
  /** Takes the next description, in order; it must not be kept. Throws anything for what no writer describes. */
  describe(description: Uint8Array): void
  /** Like {@link Codec.decode}. */
  decode(bytes: Buffer, start: number, end: number): unknown
}
