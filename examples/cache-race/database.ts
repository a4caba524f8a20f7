import { setTimeout as sleep } from 'node:timers/promises'

/** How long a second load is waited for, in milliseconds: some caches begin none. */
const patienceMs = 100

/** A source that reads at once and answers late. */
export class Database {
  value: string
  #isAnswering = false
  #started = 0
  readonly #waiting: (() => void)[] = []

  constructor(value: string) {
    this.value = value
  }

  async load(): Promise<string> {
    const { value } = this
    this.#started += 1
    if (!this.#isAnswering) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return value
  }

  /** Resolves when so many loads have begun, or no more begin. */
  async isLoading(count: number): Promise<void> {
    const end = performance.now() + patienceMs
    while (this.#started < count && performance.now() < end) await sleep(1)
  }

  /** Answers all loads, the first one last. */
  answerAll(): void {
    this.#isAnswering = true
    for (const answer of this.#waiting.toReversed()) answer()
  }
}
