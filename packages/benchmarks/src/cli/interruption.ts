/** The user has had enough of it. */
export class Interrupted extends Error {
  override readonly message = 'interrupted; all that was started has been stopped'
}

/** Runs `work` with a signal that is aborted, with {@link Interrupted}, by the first SIGINT or SIGTERM meanwhile. */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interruption = new AbortController()
  // The second one ends the process at once, as it would without us.
  const interrupt = (): void => interruption.abort(new Interrupted())
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    return await work(interruption.signal)
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}
