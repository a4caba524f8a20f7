import { ChunkWriter, FrameKind, layout, type Link } from '@clusterbus/protocol'

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

  constructor(link: Link) {
    this.#link = link
  }

  /** Bytes that the member has not been able to take yet, in the link included. */
  get queuedBytes(): number {
    return this.writer.queuedBytes + this.#link.bufferedBytes
  }

  /** Whether it waits for its link, which has said that it holds enough. */
  get isWaiting(): boolean {
    return !this.#linkTakes
  }

  /**
   * Takes in whole frames that came in with `bytes`. A run that makes up most of its chunk is handed on where it lies;
   * a shorter one is copied, because a slice holds on to the whole chunk and a slow member would then cost the broker
   * far more than is counted for it.
   */
  append(bytes: Buffer, start: number, end: number): void {
    const length = end - start
    if (length >= sliceBytesMin && 2 * length >= bytes.length) this.writer.appendSlice(bytes.subarray(start, end))
    else this.writer.appendCopy(bytes, start, end)
  }

  /** Hands over what was gathered, until the link is full; the rest goes when it drains. */
  flush(): void {
    while (this.#linkTakes && this.writer.queuedBytes > 0) {
      this.#linkTakes = this.#link.write(this.writer.take(portionBytes))
    }
  }

  /** The link has room again. */
  drained(): void {
    this.#linkTakes = true
    this.flush()
  }

  /**
   * Throws away what was gathered and not handed over yet; what the link has, it keeps, because a frame may be half
   * sent. Returns how many messages were lost by it.
   */
  discard(): number {
    let messages = 0
    for (const segment of this.writer.take()) {
      for (let at = 0; at < segment.length; at += layout.readU32(segment, at)) {
        const kind = segment[at + 4]
        if (kind === FrameKind.PUBLISH || kind === FrameKind.PUBLISH_NAMED) messages += 1
      }
    }
    return messages
  }
}
