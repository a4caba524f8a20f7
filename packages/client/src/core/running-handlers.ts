/** One run of a handler. A drain that is called from within it must not wait for it. */
export interface HandlerRun {
  readonly of: object
  excused: boolean
}

/** Counts handlers that run, so that a drain can wait for them. */
export class RunningHandlers {
  #count = 0
  #current: HandlerRun | undefined
  readonly #waiting: (() => void)[] = []

  /** Handlers that run and that a drain would wait for. */
  get count(): number {
    return this.#count
  }

  /** Whether the call comes from within a handler of `of`, before its first `await`. */
  isCurrent(of: object): boolean {
    return this.#current?.of === of
  }

  /** A handler of `of` is about to run. {@link end} must follow when it is through, also if it threw. */
  begin(of: object): HandlerRun {
    this.#count += 1
    return { of, excused: false }
  }

  /** Calls the handler as part of `run`. Returns what it returns, throws what it throws. */
  call<Data, Message>(
    run: HandlerRun,
    handler: (data: Data, message: Message) => unknown,
    data: Data,
    message: Message,
  ): unknown {
    const outer = this.#current
    this.#current = run
    try {
      return handler(data, message)
    } finally {
      this.#current = outer
    }
  }

  end(run: HandlerRun): void {
    if (!run.excused) this.#decrement()
  }

  /** Takes the handler that this is called from, if any, out of what a drain waits for. */
  excuseCurrent(): void {
    const run = this.#current
    if (run === undefined || run.excused) return
    run.excused = true
    this.#decrement()
  }

  /** Resolves when none runs that is waited for. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #decrement(): void {
    this.#count -= 1
    if (this.#count === 0 && this.#waiting.length > 0) for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
