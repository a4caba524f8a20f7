import { countFor, isNumbered, topicOf } from './numbered.ts'

/** What one subscription got of one publisher. */
export interface PublisherTally {
  first: number
  last: number
  seen: number
  /** How often numbers were left out, and how many. */
  gaps: number
  missing: number
}

/** By the publisher's serial number. */
export type Tallied = Readonly<Record<string, Readonly<PublisherTally>>>

/** Counts what one subscription gets. What may never happen is told at once. */
export class Tally {
  readonly #pattern: string
  readonly #fault: (what: string) => void
  readonly #publishers: Record<string, PublisherTally> = {}
  handed = 0
  inversions = 0
  duplicates = 0

  constructor(pattern: string, fault: (what: string) => void) {
    this.#pattern = pattern
    this.#fault = fault
  }

  get tallied(): Tallied {
    return this.#publishers
  }

  readonly take = (data: unknown, { topic }: { readonly topic: string }): void => {
    if (!isNumbered(data))
      return this.#fault(`${this.#pattern}: nobody published ${JSON.stringify(data)?.slice(0, 80)}`)
    const { by, number } = data
    this.handed += 1
    if (topic !== topicOf(number)) this.#fault(`${this.#pattern}: ${number} of ${by} came on ${topic}`)
    const tally = (this.#publishers[by] ??= { first: number, last: -1, seen: 0, gaps: 0, missing: 0 })
    if (number === tally.last) {
      this.duplicates += 1
      return this.#fault(`${this.#pattern}: ${number} of ${by} came twice`)
    }
    if (number < tally.last) {
      this.inversions += 1
      return this.#fault(`${this.#pattern}: ${number} of ${by} came after ${tally.last}`)
    }
    if (tally.seen > 0) noteGap(tally, this.#pattern, number)
    tally.last = number
    tally.seen += 1
  }
}

function noteGap(tally: PublisherTally, pattern: string, number: number): void {
  const missing = countFor(pattern, tally.last + 1, number)
  if (missing === 0) return
  tally.gaps += 1
  tally.missing += missing
}
