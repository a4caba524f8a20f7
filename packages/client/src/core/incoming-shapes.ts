import type { Codec, ShapeReader } from '@clusterbus/protocol'

/** What one sender has described. */
interface Described {
  readonly codec: number
  reader: ShapeReader | undefined
  /** Why the others of its descriptions are worth nothing. */
  fault: unknown
}

/** The shapes that those from whom this bus receives have described. */
export class IncomingShapes {
  readonly #codecs: readonly (Codec | undefined)[]
  readonly #bySender = new Map<number, Described>()

  /** `codecs` are those that this bus can read, by their numbers. */
  constructor(codecs: readonly (Codec | undefined)[]) {
    this.#codecs = codecs
  }

  /**
   * Takes the next description of a sender. One that cannot be read makes its messages undecodable, and harms no other:
   * the broker does not look into it. A codec that this bus does not have is told with the messages as well.
   */
  describe(sender: number, codec: number, description: Buffer): void {
    const shapes = this.#codecs[codec]?.shapes
    const known = this.#bySender.get(sender)
    if (known === undefined && shapes === undefined) return
    const described = known ?? { codec, reader: undefined, fault: undefined }
    this.#bySender.set(sender, described)
    try {
      if (described.codec !== codec) throw new TypeError(`shapes in two codecs, ${described.codec} and ${codec}`)
      described.reader ??= shapes?.reader()
      described.reader?.describe(description)
    } catch (error) {
      described.fault ??= error
    }
  }

  /** What reads the messages of a sender. Throws anything when they cannot be read. */
  reader(sender: number, codec: number): ShapeReader {
    const described = this.#bySender.get(sender)
    if (described?.reader === undefined || described.codec !== codec) {
      throw new TypeError(`member ${sender} refers to shapes that it has not described`)
    }
    if (described.fault !== undefined) {
      throw new TypeError(`member ${sender} has described a shape that cannot be read`, { cause: described.fault })
    }
    return described.reader
  }

  /** The sender is gone. */
  forget(sender: number): void {
    this.#bySender.delete(sender)
  }

  forgetAll(): void {
    this.#bySender.clear()
  }
}
