import assert from 'node:assert/strict'

/** What a target may hold on to more at the end than when it was warm, in bytes: above all the inputs that are kept. */
const growthMaxBytes = 48 * 1024 * 1024

/** Compares what is in use now and then with what was in use when all had been warmed up. */
export class MemoryWatch {
  readonly #collect: () => void
  #warmBytes = 0
  /** The most that was in use beyond that, in bytes. */
  growthBytes = 0

  /** `collect` collects garbage. */
  constructor(collect: () => void) {
    this.#collect = collect
  }

  /** Throws when too much is in use. The first call says what is not. */
  look(): void {
    this.#collect()
    const { heapUsed, arrayBuffers, external } = process.memoryUsage()
    const bytes = heapUsed + arrayBuffers + external
    if (this.#warmBytes === 0) this.#warmBytes = bytes
    this.growthBytes = Math.max(this.growthBytes, bytes - this.#warmBytes)
    assert.ok(this.growthBytes <= growthMaxBytes, `${this.growthBytes} bytes more are in use than when it was warm`)
  }
}
