/** Rejects when the time is over. Does not keep the process running. */
export function failAfter(timeoutMs: number): Promise<never> {
  return new Promise((_, reject) => {
    const expire = (): void => reject(new Error(`not done after ${timeoutMs / 1000} seconds`))
    setTimeout(expire, timeoutMs).unref()
  })
}

/** Rejects on Ctrl-C, and when somebody asks this process to end. */
export function failOnSignal(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => reject(new Error(`stopped by ${signal}`)))
    }
  })
}
