import { FrameStream, type Link, type LinkReceiver } from '@clusterbus/protocol'

/** A link in the hand of a test: what is written stands in `frames`, what comes in is said with `say`. */
export class FakeLink implements Link {
  readonly frames: Buffer[] = []
  readonly #stream = new FrameStream(2 ** 30)
  receiver: LinkReceiver | undefined
  paused = false
  ended = false
  destroyed = false
  /** Set to make the link full. */
  bufferedBytes = 0
  takes = true

  open(receiver: LinkReceiver): void {
    this.receiver = receiver
  }

  say(...chunks: Buffer[]): void {
    for (const chunk of chunks) this.receiver?.onChunk(Buffer.from(chunk))
  }

  write(segments: readonly Buffer[]): boolean {
    for (const segment of segments) {
      this.#stream.push(segment, (bytes, start, end) => this.frames.push(Buffer.from(bytes.subarray(start, end))))
    }
    return this.takes
  }

  /** The frames of one kind, from the first to the last. */
  ofKind(kind: number): Buffer[] {
    return this.frames.filter((frame) => frame[4] === kind)
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  end(): void {
    this.ended = true
  }

  destroy(): void {
    this.destroyed = true
  }

  ref(): void {}

  unref(): void {}
}
