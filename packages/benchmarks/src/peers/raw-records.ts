import { isSample, type Sample } from '../workload.ts'

/** Where what is in a record: its length, a hash of its topic, and the numbers of the sample. The rest is zeros. */
const layout = { bytes: 0, topic: 4, n: 8, publisher: 12, at: 16, end: 24 }
const chunkBytes = 64 * 1024

/** What is left of a sample. */
type Numbers = Pick<Sample, 'n' | 'publisher' | 'at'>
const noSample: Numbers = { n: 1, publisher: 0, at: 0 }

type Handler = (data: unknown) => void

/** Writes records of one size, as many as a turn of the event loop gives, in chunks. */
export class RecordWriter {
  readonly #write: (bytes: Uint8Array) => void
  readonly #hashes = new Map<string, number>()
  #chunk = Buffer.alloc(chunkBytes)
  #writtenTo = 0
  #filledTo = 0
  #recordBytes = layout.end

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write
  }

  /** Takes the size of all records to come from the JSON of the sample that a publisher begins with. */
  add(topic: string, data: unknown): void {
    const { n, publisher, at } = isSample(data) ? data : noSample
    if (n === 0) this.#recordBytes = Math.max(layout.end, JSON.stringify(data).length)
    this.#makeRoom()
    const record = this.#filledTo
    this.#filledTo += this.#recordBytes
    this.#chunk.writeUInt32LE(this.#recordBytes, record + layout.bytes)
    this.#chunk.writeUInt32LE(this.#hash(topic), record + layout.topic)
    this.#chunk.writeUInt32LE(n, record + layout.n)
    this.#chunk.writeUInt32LE(publisher, record + layout.publisher)
    this.#chunk.writeDoubleLE(at, record + layout.at)
  }

  #makeRoom(): void {
    if (this.#filledTo + this.#recordBytes > this.#chunk.length) {
      this.#flush()
      this.#chunk = Buffer.alloc(Math.max(chunkBytes, this.#recordBytes))
      this.#writtenTo = this.#filledTo = 0
    }
    if (this.#filledTo === this.#writtenTo) queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    if (this.#filledTo === this.#writtenTo) return
    this.#write(this.#chunk.subarray(this.#writtenTo, this.#filledTo))
    this.#writtenTo = this.#filledTo
  }

  #hash(topic: string): number {
    let hash = this.#hashes.get(topic)
    if (hash === undefined) this.#hashes.set(topic, (hash = hashOf(topic)))
    return hash
  }
}

/** Finds the records again, wherever the bytes were cut, and hands on those whose topic is asked for. */
export class RecordReader {
  readonly #handlers = new Map<number, Handler>()
  #sample: Numbers = noSample
  #handler: Handler | undefined
  #missingBytes = 0
  #rest: Buffer = Buffer.alloc(0)

  on(topic: string, handler: Handler): void {
    this.#handlers.set(hashOf(topic), handler)
  }

  take(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    let at = this.#complete(all, 0)
    while (this.#missingBytes === 0 && all.length - at >= layout.end) {
      this.#begin(all, at)
      at = this.#complete(all, at)
    }
    // A copy, since the caller reads into the same buffer again.
    this.#rest = Buffer.from(all.subarray(at))
  }

  #begin(bytes: Buffer, record: number): void {
    this.#missingBytes = bytes.readUInt32LE(record + layout.bytes)
    this.#handler = this.#handlers.get(bytes.readUInt32LE(record + layout.topic))
    this.#sample = {
      n: bytes.readUInt32LE(record + layout.n),
      publisher: bytes.readUInt32LE(record + layout.publisher),
      at: bytes.readDoubleLE(record + layout.at),
    }
  }

  /** Goes over what is there of the record that has begun, and returns where it stopped. */
  #complete(bytes: Buffer, at: number): number {
    if (this.#missingBytes === 0) return at
    const step = Math.min(this.#missingBytes, bytes.length - at)
    this.#missingBytes -= step
    if (this.#missingBytes === 0) this.#handler?.(this.#sample)
    return at + step
  }
}

/** FNV-1a. Two topics of one scenario that share a number would be seen as messages too many. */
function hashOf(topic: string): number {
  let hash = 0x81_1c_9d_c5
  for (let index = 0; index < topic.length; index += 1) {
    hash = Math.imul(hash ^ topic.charCodeAt(index), 0x01_00_01_93) >>> 0
  }
  return hash
}
