import { type Input, inputBytesMax } from './input.ts'

/** Each chunk takes the bytes of its length as well, and may be empty. */
const roomBytes = 8 * inputBytesMax

/** The input that is being taken, where another thread can see it: one that never ends can't be asked. */
export class LastInput {
  readonly shared: SharedArrayBuffer
  readonly #count: Int32Array
  readonly #bytes: Buffer

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(8 + roomBytes)) {
    this.shared = shared
    this.#count = new Int32Array(shared, 0, 1)
    this.#bytes = Buffer.from(shared, 8, roomBytes)
  }

  /** Inputs so far. */
  get count(): number {
    return Atomics.load(this.#count, 0)
  }

  write(input: Input): void {
    let at = 2
    let chunks = 0
    for (const chunk of input) {
      if (at + 4 + chunk.length > roomBytes) break
      this.#bytes.writeUInt32LE(chunk.length, at)
      chunk.copy(this.#bytes, at + 4)
      at += 4 + chunk.length
      chunks += 1
    }
    this.#bytes.writeUInt16LE(chunks, 0)
    Atomics.add(this.#count, 0, 1)
  }

  read(): Input {
    let at = 2
    return Array.from({ length: this.#bytes.readUInt16LE(0) }, () => {
      const length = this.#bytes.readUInt32LE(at)
      at += 4 + length
      return Buffer.from(this.#bytes.subarray(at - length, at))
    })
  }
}
