import { BusError, type Clock, quoted } from '@clusterbus/protocol'
import type { Untyped } from '../bus.ts'

interface Pending {
  readonly topic: string
  readonly resolve: (value: Untyped) => void
  readonly reject: (error: unknown) => void
  readonly release: () => void
}

/** The requests of one bus that wait for a reply. Each ends exactly once, and leaves no timer or listener behind. */
export class PendingRequests {
  readonly #clock: Clock
  readonly #max: number
  readonly #cancelled: (number: number) => void
  readonly #pending = new Map<number, Pending>()
  #next = 1

  /** `cancelled` is called when a request is given up here before it was answered. */
  constructor(clock: Clock, max: number, cancelled: (number: number) => void) {
    this.#clock = clock
    this.#max = max
    this.#cancelled = cancelled
  }

  get size(): number {
    return this.#pending.size
  }

  topicOf(number: number): string | undefined {
    return this.#pending.get(number)?.topic
  }

  /**
   * Begins a request: `send` is given its number, and what it throws ends it. Rejects with `TIMEOUT`, `ABORTED`,
   * `QUEUE_FULL`, or what {@link settle} is given.
   */
  begin(
    topic: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    send: (number: number) => void,
  ): Promise<Untyped> {
    if (signal?.aborted === true) return Promise.reject(aborted(`request(${quoted(topic)})`, topic, signal))
    if (this.#pending.size >= this.#max) return Promise.reject(this.#tooMany(topic))
    const number = this.#nextNumber()
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#giveUp(number, aborted(`request(${quoted(topic)})`, topic, signal))
      const cancelTimer = this.#clock.after(timeoutMs, () => this.#giveUp(number, timedOut(topic, timeoutMs)), true)
      const release = (): void => {
        cancelTimer()
        signal?.removeEventListener('abort', abort)
      }
      signal?.addEventListener('abort', abort)
      this.#pending.set(number, { topic, resolve, reject, release })
      try {
        send(number)
      } catch (error) {
        this.settle(number, error, true)
      }
    })
  }

  /** Ends a request with its answer, or with an error. One that has ended already is passed over. */
  settle(number: number, value: unknown, failed: boolean): void {
    const pending = this.#pending.get(number)
    if (pending === undefined) return
    this.#pending.delete(number)
    pending.release()
    if (failed) pending.reject(value)
    else pending.resolve(value)
  }

  /** Ends all of them with an error each. */
  rejectAll(error: (topic: string) => BusError): void {
    for (const [number, { topic }] of this.#pending) this.settle(number, error(topic), true)
  }

  #giveUp(number: number, error: BusError): void {
    this.settle(number, error, true)
    this.#cancelled(number)
  }

  #nextNumber(): number {
    const number = this.#next
    this.#next = number === 0xffff_ffff ? 1 : number + 1
    return this.#pending.has(number) ? this.#nextNumber() : number
  }

  #tooMany(topic: string): BusError {
    const limit = this.#max
    const message = `request(${quoted(topic)}): ${limit} requests wait already, which is limits.pendingRequests`
    return new BusError('QUEUE_FULL', message, { topic, limit })
  }
}

/** The error of a call that its signal has ended. */
export function aborted(call: string, topic: string, signal: AbortSignal | undefined): BusError {
  return new BusError('ABORTED', `${call}: aborted`, { topic, cause: signal?.reason })
}

function timedOut(topic: string, timeoutMs: number): BusError {
  return new BusError('TIMEOUT', `request(${quoted(topic)}): no reply within ${timeoutMs} ms`, { topic, timeoutMs })
}
