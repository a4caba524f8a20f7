import { baseBytes, readU32 } from './layout.ts'
import { badFrame } from './read.ts'

/** Handles the whole frame that stands in `bytes` from `start` to `end`. */
export type FrameHandler = (bytes: Buffer, start: number, end: number) => void

/**
 * Cuts a stream of chunks into frames. Frames that lie whole in a chunk are handed on where they lie; one that is torn
 * between chunks is put together first, and only that one is copied. A length is checked before anything is kept for
 * it, and at most twice what has come in is kept, so neither a lying length nor a dripping sender costs memory.
 */
export class FrameStream {
  /** Longest frame that is taken, in bytes. */
  maxBytes: number
  #torn: Buffer | undefined
  #tornBytes = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Bytes that came in of the frame that is not whole yet. */
  get waitingBytes(): number {
    return this.#tornBytes
  }

  /** Hands on every frame that `chunk` completes. Throws `BAD_FRAME`, and whatever `onFrame` throws. */
  push(chunk: Buffer, onFrame: FrameHandler): void {
    let at = this.#torn === undefined ? 0 : this.#mend(this.#torn, chunk, onFrame)
    while (chunk.length - at >= 4) {
      const end = at + this.#checked(readU32(chunk, at))
      if (end > chunk.length) break
      onFrame(chunk, at, end)
      at = end
    }
    if (at < chunk.length) this.#keep(chunk, at, chunk.length)
  }

  /** Completes the torn frame from the start of `chunk`; returns how many bytes of it were used. */
  #mend(torn: Buffer, chunk: Buffer, onFrame: FrameHandler): number {
    let used = 0
    if (this.#tornBytes < 4) {
      used = Math.min(4 - this.#tornBytes, chunk.length)
      torn = this.#keep(chunk, 0, used)
      if (this.#tornBytes < 4) return used
    }
    const length = this.#checked(readU32(torn, 0))
    const end = Math.min(used + length - this.#tornBytes, chunk.length)
    torn = this.#keep(chunk, used, end, length)
    if (this.#tornBytes < length) return end
    this.#torn = undefined
    this.#tornBytes = 0
    onFrame(torn.subarray(0, length), 0, length)
    return end
  }

  #checked(length: number): number {
    if (length < baseBytes) throw badFrame(`a length of ${length} is shorter than a frame's base`)
    if (length > this.maxBytes) throw badFrame(`a length of ${length} is over the limit of ${this.maxBytes}`)
    return length
  }

  /** Copies a part behind what is torn already, in a buffer that doubles as it fills, up to the frame's length. */
  #keep(chunk: Buffer, start: number, end: number, frameBytes = Infinity): Buffer {
    const bytes = this.#tornBytes + end - start
    let torn = this.#torn
    if (torn === undefined || torn.length < bytes) {
      const grown = Buffer.allocUnsafeSlow(Math.max(4, bytes, Math.min(2 * bytes, frameBytes)))
      torn?.copy(grown, 0, 0, this.#tornBytes)
      this.#torn = torn = grown
    }
    chunk.copy(torn, this.#tornBytes, start, end)
    this.#tornBytes = bytes
    return torn
  }
}
