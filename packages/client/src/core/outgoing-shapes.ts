import { type ChunkWriter, type ShapeCodec, type ShapeWriter, write } from '@clusterbus/protocol'

/** The shapes of what this bus publishes, and which of them its broker has been told. */
export class OutgoingShapes {
  readonly #codec: number
  readonly #shapes: ShapeWriter
  #told = 0

  constructor(codec: number, shapes: ShapeCodec) {
    this.#codec = codec
    this.#shapes = shapes.writer()
  }

  /** Whether {@link encode} has described something that is not said yet. */
  get hasNews(): boolean {
    return this.#shapes.descriptions.length > this.#told
  }

  /** The data, referring to shapes; `undefined` when it is to be encoded without. */
  encode(data: unknown): Uint8Array | undefined {
    return this.#shapes.encode(data)
  }

  /** Says what is new. Must come before the message that was encoded last. */
  writeNews(writer: ChunkWriter): void {
    const { descriptions } = this.#shapes
    for (let number = this.#told; number < descriptions.length; number += 1) {
      const description = descriptions[number]
      if (description !== undefined) write.writeShape(writer, this.#codec, number, description)
    }
    this.#told = descriptions.length
  }

  /** Says everything, to a broker that knows nothing. */
  writeAll(writer: ChunkWriter): void {
    this.#told = 0
    this.writeNews(writer)
  }
}
