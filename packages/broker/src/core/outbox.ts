import { ChunkWriter, type Link } from '@clusterbus/protocol'
import { tallyOf } from './overflow/frames.ts'

/** Shorter runs are copied, to be written together with others. */
const sliceBytesMin = 4096
/** Bytes handed to the link at a time. The link drains so often at least, and what it has not been given can be counted. */
const portionBytes = 256 * 1024

/** What waits for one member: gathered during a turn, handed to its link in one write. */
export class Outbox {
  /** Where control frames for the member are written. */
  readonly writer: ChunkWriter = new ChunkWriter()
  readonly #link: Link
  #linkTakes = true
  #linkBytes = 0
  /** Messages that have not been handed to the link. */
  messages = 0
  /** Length of those messages, without what goes with them. */
  messageBytes = 0

  constructor(link: Link) {
    this.#link = link
  }

  /** Bytes that the member has not been able to take yet, in the link included. */
  get queuedBytes(): number {
    return this.writer.queuedBytes + this.#link.bufferedBytes
  }

  /** Bytes that the link holds; of one that has closed, as many as it held when it was last given or asked for more. */
  get linkBytes(): number {
    return this.#linkTakes ? this.#link.bufferedBytes : Math.max(this.#linkBytes, this.#link.bufferedBytes)
  }

  /** Whether it waits for its link, which has said that it holds enough. */
  get isWaiting(): boolean {
    return !this.#linkTakes
  }

  /**
   * Takes in whole frames that came in with `bytes`, which are so many messages. A run that makes up most of its chunk is
   * handed on where it lies; a shorter one is copied, because a slice holds on to the whole chunk and a slow member would
   * then cost the broker far more than is counted for it.
   */
  append(bytes: Buffer, start: number, end: number, messages = 0): void {
    const length = end - start
    if (messages > 0) {
      this.messages += messages
      this.messageBytes += length
    }
    if (length >= sliceBytesMin && 2 * length >= bytes.length) this.writer.appendSlice(bytes.subarray(start, end))
    else this.writer.appendCopy(bytes, start, end)
  }

  /** Hands over what was gathered, until the link is full; the rest goes when it drains. */
  flush(): void {
    while (this.#linkTakes && this.writer.queuedBytes > 0) this.#linkTakes = this.#link.write(this.#portion())
    if (!this.#linkTakes) this.#linkBytes = this.#link.bufferedBytes
  }

  /** The link has room again. */
  drained(): void {
    this.#linkTakes = true
  }

  /**
   * Takes out what was gathered and not handed over yet; what the link has, it keeps, because a frame may be half sent.
   * It does not count any more.
   */
  discard(): Buffer[] {
    this.messages = 0
    this.messageBytes = 0
    return this.writer.take()
  }

  /** Whole frames, with those that they speak of. */
  #portion(): Buffer[] {
    const segments = this.writer.take(portionBytes)
    for (let from = 0; this.writer.queuedBytes > 0;) {
      const { messages, bytes, endsOpen } = tallyOf(segments.slice(from))
      this.messages -= messages
      this.messageBytes -= bytes
      if (!endsOpen) return segments
      from = segments.length
      segments.push(...this.writer.take(1))
    }
    this.messages = 0
    this.messageBytes = 0
    return segments
  }
}
