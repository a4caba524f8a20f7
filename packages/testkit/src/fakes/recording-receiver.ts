import type { LinkReceiver } from '@clusterbus/protocol'

/** Keeps what a link brings, and lets a test wait for it. */
export class RecordingReceiver implements LinkReceiver {
  readonly chunks: Buffer[] = []
  received = 0
  closings = 0
  drains = 0
  cause: Error | undefined
  readonly whenClosed: Promise<void>
  #resolveClosed: () => void = () => undefined
  #waiting: { readonly bytes: number; readonly resolve: () => void }[] = []
  #awaitingDrain: (() => void)[] = []

  constructor() {
    this.whenClosed = new Promise((resolve) => (this.#resolveClosed = resolve))
  }

  get closed(): boolean {
    return this.closings > 0
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString()
  }

  /** Resolves when that many bytes have come in, in all. */
  bytes(count: number): Promise<void> {
    if (this.received >= count) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ bytes: count, resolve }))
  }

  /** Resolves with the next call of `onDrain`. */
  nextDrain(): Promise<void> {
    return new Promise((resolve) => this.#awaitingDrain.push(resolve))
  }

  onChunk(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.received += chunk.length
    this.#waiting = this.#waiting.filter(({ bytes, resolve }) => {
      if (this.received >= bytes) resolve()
      return this.received < bytes
    })
  }

  onDrain(): void {
    this.drains += 1
    for (const resolve of this.#awaitingDrain.splice(0)) resolve()
  }

  onClose(cause?: Error): void {
    this.closings += 1
    this.cause = cause
    this.#resolveClosed()
  }
}
