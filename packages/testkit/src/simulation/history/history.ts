import type { VirtualTime } from '../time/virtual-time.ts'

/**
 * What everybody did and saw, in order, one line each. Each line has an index, by which the records of the ledger say
 * what was before what.
 */
export class History {
  readonly lines: string[] = []
  readonly #time: VirtualTime

  constructor(time: VirtualTime) {
    this.#time = time
  }

  /** Writes a line; returns its index. */
  add(who: string, what: string): number {
    this.lines.push(`${this.#time.now.toFixed(1)} ${who}: ${what}`)
    return this.lines.length - 1
  }
}
