/**
 * How bytes travel between one bus and its broker: in order, none lost, none doubled, until the link closes. A link
 * knows nothing of frames; what is written in one piece may arrive in several, and the other way round.
 */
export interface Link {
  /** Starts the flow of bytes to `receiver`. Called once, before anything else. */
  open(receiver: LinkReceiver): void
  /**
   * Hands over segments in order; they belong to the link from then on and must not be changed.
   * Returns `false` when the link holds enough: the caller should wait for `onDrain`. Nothing is dropped either way.
   */
  write(segments: readonly Buffer[]): boolean
  /** Bytes handed over that have not yet left this process. */
  readonly bufferedBytes: number
  /** Stops `onChunk`; the other side feels it as back-pressure. */
  pause(): void
  resume(): void
  /** Sends what was handed over, then closes. */
  end(): void
  /** Closes now. Idempotent; `onClose` follows unless it was called already. */
  destroy(): void
  /** Whether this link keeps its process running. A new link does not. */
  ref(): void
  unref(): void
}

/** The other half of a {@link Link}: what it tells its owner. Never called from within a call to the link. */
export interface LinkReceiver {
  /** Bytes came in. The receiver may keep the chunk and write into it. */
  onChunk(chunk: Buffer): void
  /** There is room again after a `write` that returned `false`. */
  onDrain(): void
  /** The last call: no byte follows. */
  onClose(cause?: Error): void
}
