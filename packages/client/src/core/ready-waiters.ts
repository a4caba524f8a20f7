import type { BusError } from '@clusterbus/protocol'
import type { Connection } from './connection.ts'

/** Those who wait for the bus to be connected. While somebody does, the process stays. */
export class ReadyWaiters {
  readonly #connection: Connection
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: BusError) => void }[] = []
  #failure: BusError | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Resolves with the next connection. Rejects at once when the search has failed already and goes on without hope. */
  async wait(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    this.#connection.hold()
    try {
      await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    } finally {
      this.#connection.release()
    }
  }

  resolve(): void {
    this.#failure = undefined
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  reject(error: BusError): void {
    this.#failure = error
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  /** A connection was lost: the next search may fare better. */
  startAnew(): void {
    this.#failure = undefined
  }
}
