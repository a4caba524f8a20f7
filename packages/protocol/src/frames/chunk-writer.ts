/** Most bytes that are gathered in one chunk. A longer frame gets a chunk of its own. */
export const chunkBytes: number = 64 * 1024
/** The first chunk of a writer. Each further one is twice as long, so that one that says little holds little. */
const firstChunkBytes = 1024

/**
 * Gathers bytes into segments, in order. Frames are written in place into a chunk, so a message is encoded once and
 * copied never; foreign slices are taken in between as they are. What has been taken out is never written again: the
 * chunk goes on behind it, and a new one is begun when it is full.
 */
export class ChunkWriter {
  /** Where to write: the current chunk, from `position`, after {@link reserve}. */
  chunk: Buffer = noBytes
  position = 0
  #start = 0
  readonly #segments: Buffer[] = []
  #closedBytes = 0
  #nextChunkBytes = firstChunkBytes

  /** Bytes that wait to be taken. */
  get queuedBytes(): number {
    return this.#closedBytes + this.position - this.#start
  }

  /** Whether there is a full chunk, or a foreign slice, that needs not wait for the end of the turn. */
  get hasWholeSegment(): boolean {
    return this.#segments.length > 0
  }

  /** Makes `chunk` hold at least `bytes` from `position` on. */
  reserve(bytes: number): void {
    if (this.chunk.length - this.position >= bytes) return
    this.#closeSegment()
    // Slow here means: not from Node's shared pool, whose slabs a queued segment would hold on to.
    this.chunk = Buffer.allocUnsafeSlow(Math.max(bytes, this.#nextChunkBytes))
    this.#nextChunkBytes = Math.min(chunkBytes, 2 * this.#nextChunkBytes)
    this.position = 0
    this.#start = 0
  }

  /** Takes in a slice as it is. It must not change any more. */
  appendSlice(slice: Buffer): void {
    this.#closeSegment()
    this.#segments.push(slice)
    this.#closedBytes += slice.length
  }

  /** Takes in a copy of `bytes` from `start` to `end`. */
  appendCopy(bytes: Buffer, start: number, end: number): void {
    this.reserve(end - start)
    bytes.copy(this.chunk, this.position, start, end)
    this.position += end - start
  }

  /** All that was gathered since the last call, or as much from its start as makes up `bytes`, in whole segments. */
  take(bytes: number = Infinity): Buffer[] {
    this.#closeSegment()
    let count = 0
    let takenBytes = 0
    for (const segment of this.#segments) {
      if (takenBytes >= bytes) break
      takenBytes += segment.length
      count += 1
    }
    this.#closedBytes -= takenBytes
    return this.#segments.splice(0, count)
  }

  #closeSegment(): void {
    if (this.position === this.#start) return
    this.#segments.push(this.chunk.subarray(this.#start, this.position))
    this.#closedBytes += this.position - this.#start
    this.#start = this.position
  }
}

const noBytes = Buffer.alloc(0)
