import { BusError, type Clock, quoted } from '@clusterbus/protocol'
import type { Untyped } from '../events.ts'

/** What was called, for messages about it. */
export type PendingVerb = 'request' | 'publish' | 'invalidate' | 'claim'

interface Pending {
  readonly verb: PendingVerb
  readonly topic: string
  readonly resolve: (value: Untyped) => void
  readonly reject: (error: unknown) => void
  readonly release: () => void
}

/**
 * Whatever of one bus waits for an answer: requests, messages that are to be confirmed, invalidations and claims of its
 * caches. Each ends exactly once, and leaves no timer or listener behind.
 */
export class PendingRequests {
  readonly #clock: Clock
  readonly #max: number
  readonly #cancelled: (number: number) => void
  readonly #pending = new Map<number, Pending>()
  #next = 1

  /** `cancelled` is called when one is given up here before it was answered. */
  constructor(clock: Clock, max: number, cancelled: (number: number) => void) {
    this.#clock = clock
    this.#max = max
    this.#cancelled = cancelled
  }

  get size(): number {
    return this.#pending.size
  }

  /** What was called and for which topic, if it still waits. */
  find(number: number): { readonly verb: PendingVerb; readonly topic: string } | undefined {
    return this.#pending.get(number)
  }

  /** Whether somebody still waits for that one. */
  readonly isPending = (number: number): boolean => this.#pending.has(number)

  /**
   * Begins a request, or a message to be confirmed: `send` is given its number. Throws `QUEUE_FULL`, or what `send`
   * throws. Rejects with `TIMEOUT`, `ABORTED`, or what {@link settle} is given; aborted before, it is not sent.
   */
  begin(
    verb: PendingVerb,
    topic: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    send: (number: number) => void,
  ): Promise<Untyped> {
    if (signal?.aborted === true) return Promise.reject(aborted(callOf(verb, topic), topic, signal))
    if (this.#pending.size >= this.#max) throw this.#tooMany(callOf(verb, topic), topic)
    const number = this.#nextNumber()
    const answer = new Promise<Untyped>((resolve, reject) => {
      const abort = (): void => this.#giveUp(number, aborted(callOf(verb, topic), topic, signal))
      const expire = (): void => this.#giveUp(number, timedOut(verb, topic, timeoutMs))
      const cancelTimer = this.#clock.after(timeoutMs, expire, true)
      const release = (): void => {
        cancelTimer()
        signal?.removeEventListener('abort', abort)
      }
      signal?.addEventListener('abort', abort)
      this.#pending.set(number, { verb, topic, resolve, reject, release })
    })
    try {
      send(number)
    } catch (error) {
      this.#take(number)
      throw error
    }
    return answer
  }

  /** Ends one with its answer, or with an error. One that has ended already is passed over. */
  settle(number: number, value: unknown, failed: boolean): void {
    const pending = this.#take(number)
    if (failed) pending?.reject(value)
    else pending?.resolve(value)
  }

  /** Ends all of them, but for those numbered in `kept`, with an error each. */
  rejectAll(error: (call: string, topic: string) => BusError, kept?: ReadonlySet<number>): void {
    for (const [number, { verb, topic }] of this.#pending) {
      if (kept?.has(number) !== true) this.settle(number, error(callOf(verb, topic), topic), true)
    }
  }

  /** Waits no more for it. */
  #take(number: number): Pending | undefined {
    const pending = this.#pending.get(number)
    this.#pending.delete(number)
    pending?.release()
    return pending
  }

  #giveUp(number: number, error: BusError): void {
    // What is void is void, whether or not somebody waits for the others to know.
    const isFinal = this.#pending.get(number)?.verb === 'invalidate'
    this.settle(number, error, true)
    if (!isFinal) this.#cancelled(number)
  }

  #nextNumber(): number {
    const number = this.#next
    this.#next = number === 0xffff_ffff ? 1 : number + 1
    return this.#pending.has(number) ? this.#nextNumber() : number
  }

  #tooMany(call: string, topic: string): BusError {
    const limit = this.#max
    const message = `${call}: ${limit} requests and confirmations wait already, which is limits.pendingRequests; await some of them first`
    return new BusError('QUEUE_FULL', message, { topic, limit })
  }
}

/** What `members()` asks the broker under, which no other call may. */
export const membersTopic = '$sys.members'

/** How messages name the call. */
export function callOf(verb: PendingVerb, topic: string): string {
  return topic === membersTopic ? 'members' : `${verb}(${quoted(topic)})`
}

/** The error of a call that its signal has ended. */
export function aborted(call: string, topic: string, signal: AbortSignal | undefined): BusError {
  return new BusError('ABORTED', `${call}: aborted`, { topic, cause: signal?.reason })
}

const missingOf: Readonly<Record<PendingVerb, string>> = {
  request: 'no reply',
  publish: 'not confirmed',
  invalidate: 'not acknowledged by all who hold copies',
  claim: 'not granted, and no value,',
}

function timedOut(verb: PendingVerb, topic: string, timeoutMs: number): BusError {
  const missing = missingOf[verb]
  return new BusError('TIMEOUT', `${callOf(verb, topic)}: ${missing} within ${timeoutMs} ms`, { topic, timeoutMs })
}
