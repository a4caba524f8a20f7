/** The period of a timer that is only there to be there does not matter; in milliseconds. */
const periodMs = 2 ** 30

/** Keeps the process running while it is held. */
export class KeepAlive {
  #timer: NodeJS.Timeout | undefined

  hold(): void {
    this.#timer ??= setInterval(() => undefined, periodMs)
  }

  release(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
