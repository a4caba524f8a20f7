import { windowBytes, windowMessages } from './peer.ts'

/** Bounds what is under way, for a peer that sets no bound of its own but can tell when it has come so far. */
export class Window {
  readonly #comeSoFar: () => Promise<unknown>
  readonly #halfMessages: number
  #messages = 0
  #bytes = 0
  #marks: readonly [Promise<unknown>, Promise<unknown>] = [Promise.resolve(), Promise.resolve()]

  /** `comeSoFar` resolves when all that was published before it was called has been acknowledged. */
  constructor(comeSoFar: () => Promise<unknown>, messages: number = windowMessages) {
    this.#comeSoFar = comeSoFar
    this.#halfMessages = messages / 2
  }

  /** Counts one in. Returns `false` when {@link room} is to be awaited before the next. */
  add(bytes: number): boolean {
    this.#messages += 1
    this.#bytes += bytes
    if (this.#messages < this.#halfMessages && this.#bytes < windowBytes / 2) return true
    this.#messages = 0
    this.#bytes = 0
    this.#marks = [this.#marks[1], this.#comeSoFar()]
    return false
  }

  /** Resolves when one half of the window is acknowledged. The other is still under way, so that the peer does not idle. */
  async room(): Promise<void> {
    await this.#marks[0]
  }
}
