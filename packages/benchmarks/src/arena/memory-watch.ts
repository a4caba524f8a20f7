import { type Memory, memoryNow } from './usage.ts'

const everyMs = 100

/** The most memory that this process holds in a while. */
export class MemoryWatch {
  #most: Memory = { residentBytes: 0, heapBytes: 0 }
  #timer: NodeJS.Timeout | undefined

  start(): void {
    clearInterval(this.#timer)
    this.#most = memoryNow()
    this.#timer = setInterval(() => this.#look(), everyMs).unref()
  }

  end(): Memory {
    clearInterval(this.#timer)
    this.#look()
    return this.#most
  }

  #look(): void {
    const { residentBytes, heapBytes } = memoryNow()
    this.#most = {
      residentBytes: Math.max(this.#most.residentBytes, residentBytes),
      heapBytes: Math.max(this.#most.heapBytes, heapBytes),
    }
  }
}
