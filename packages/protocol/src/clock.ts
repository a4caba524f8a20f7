/** Time as the cores see it: monotonic, and passed in, so that a simulator can hold it. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /**
   * Calls `callback` once after `delayMs`, unless the returned function was called first.
   * A timer does not keep the process running unless `keepAlive` is true.
   */
  after(delayMs: number, callback: () => void, keepAlive?: boolean): () => void
}
