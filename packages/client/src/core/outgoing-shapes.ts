import {
  BusError,
  type ChunkWriter,
  isBytes,
  layout,
  type ShapeCodec,
  type ShapeWriter,
  write,
} from '@clusterbus/protocol'

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
  /** Where the codec has described what no broker takes: the shapes from there on do not exist. */
  #usable = Infinity
  /** How much of the room was filled last. */
  #bytes = 0

  constructor(codec: number, shapes: ShapeCodec) {
    this.codec = codec
    this.#shapes = shapes.writer()
  }

  /** Whether {@link encode} has described something that is not said yet. */
  get hasNews(): boolean {
    return this.#count > this.#told
  }

  /**
   * Encodes the data, referring to shapes, and returns how many bytes that took; 0 when it is to be encoded without. Not
   * in its place, because a getter in the data may publish as well, and would write there.
   */
  encode(data: unknown): number {
    this.#bytes = this.#usable < Infinity ? 0 : Math.max(0, this.#shapes.encode(data, this.#room, 0))
    if (this.hasNews) this.#assertDescribable()
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
    const news = this.#shapes.descriptions.slice(this.#told, this.#count)
    for (const description of news) write.writeShape(writer, this.codec, this.#told++, description)
  }

  /** Says everything, to a broker that knows nothing. */
  writeAll(writer: ChunkWriter): void {
    this.#told = 0
    this.writeNews(writer)
  }

  get #count(): number {
    return Math.min(this.#shapes.descriptions.length, this.#usable)
  }

  /** What a broker would not take must not be said, again and again, with every new link. */
  #assertDescribable(): void {
    const { descriptions } = this.#shapes
    const isGood = (description: unknown): boolean =>
      isBytes(description) && description.length > 0 && description.length <= layout.descriptionBytesMax
    if (descriptions.length <= layout.shapesMax && Array.from(descriptions).every(isGood)) return
    this.#usable = this.#told
    const message = `publish: codec ${this.codec} describes shapes that are not 1 to ${layout.descriptionBytesMax} bytes, or more than ${layout.shapesMax}; from now on it goes without`
    throw new BusError('UNENCODABLE', message, { codec: String(this.codec) })
  }
}
