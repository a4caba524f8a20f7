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
}
