import { type ChunkWriter, type ShapeCodec, type ShapeWriter, write } from '@clusterbus/protocol'

/** Room for a payload that refers to shapes. Longer ones have little to gain. */
const roomBytes = 2048
/** Up to this length, byte by byte is faster. */
const loopBytesMax = 128

/** The shapes of what this bus publishes, and which of them its broker has been told. */
export class OutgoingShapes {
  /** The number of the codec that they belong to. */
  readonly codec: number
  readonly #shapes: ShapeWriter
  #told = 0
  readonly #room = Buffer.allocUnsafeSlow(roomBytes)
  /** How much of the room was filled last. */
  #bytes = 0

  constructor(codec: number, shapes: ShapeCodec) {
    this.codec = codec
    this.#shapes = shapes.writer()
  }

  /** Whether {@link encode} has described something that is not said yet. */
  get hasNews(): boolean {
    return this.#shapes.descriptions.length > this.#told
  }

  /**
   * Encodes the data, referring to shapes, and returns how many bytes that took; 0 when it is to be encoded without. Not
   * in its place, because a getter in the data may publish as well, and would write there.
   */
  encode(data: unknown): number {
    this.#bytes = Math.max(0, this.#shapes.encode(data, this.#room, 0))
    return this.#bytes
  }

  /** Copies what was encoded last. */
  copyTo(target: Buffer, at: number): void {
    const bytes = this.#bytes
    if (bytes > loopBytesMax) this.#room.copy(target, at, 0, bytes)
    else for (let index = 0; index < bytes; index += 1) target[at + index] = this.#room[index] ?? 0
  }

  /** Says what is new. Must come before any message that refers to it. */
  writeNews(writer: ChunkWriter): void {
    const { descriptions } = this.#shapes
    for (let number = this.#told; number < descriptions.length; number += 1) {
      const description = descriptions[number]
      if (description !== undefined) write.writeShape(writer, this.codec, number, description)
    }
    this.#told = descriptions.length
  }

  /** Says everything, to a broker that knows nothing. */
  writeAll(writer: ChunkWriter): void {
    this.#told = 0
    this.writeNews(writer)
  }
}
