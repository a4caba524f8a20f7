import type { Book, InvalidationNote, ReadNote } from './book.ts'

/** Puts down what a member does, until the next time that it tells. */
export class NoteTaker {
  readonly #hits: () => number
  #reads = new Map<string, [key: string, version: number, lastMs: number, count: number]>()
  #invalidations: InvalidationNote[] = []
  #failures: string[] = []

  /** `hits` returns all that there were since the start. */
  constructor(hits: () => number) {
    this.#hits = hits
  }

  /** A read that began then has returned that. */
  read(key: string, version: number, beganMs: number): void {
    const id = `${key} ${version}`
    const note = this.#reads.get(id)
    if (note === undefined) {
      this.#reads.set(id, [key, version, beganMs, 1])
      return
    }
    note[2] = Math.max(note[2], beganMs)
    note[3] += 1
  }

  invalidated(note: InvalidationNote): void {
    this.#invalidations.push(note)
  }

  failed(code: string): void {
    this.#failures.push(code)
  }

  /** All that was put down since the last time; `undefined` for nothing. */
  take(): Book | undefined {
    const reads: readonly ReadNote[] = [...this.#reads.values()]
    const [invalidations, failures] = [this.#invalidations, this.#failures]
    if (reads.length + invalidations.length + failures.length === 0) return undefined
    this.#reads = new Map()
    this.#invalidations = []
    this.#failures = []
    return { reads, invalidations, failures, hits: this.#hits() }
  }
}
