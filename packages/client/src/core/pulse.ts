import type { Clock } from '@clusterbus/protocol'

/** Bytes that come in, and time that passes, in milliseconds, before a busy bus says again that it is alive. */
const busyBytes = 16 * 1024
const pulseMs = 100

/**
 * Says without being asked that this process is at work on what it is sent. The broker tells by it a member that is slow
 * from one that is stopped, while its questions wait behind a lot of messages. A bus that gets little says nothing.
 */
export class Pulse {
  readonly #clock: Clock
  readonly #say: (beat: number) => void
  #bytes = 0
  #saidAt = -Infinity

  constructor(clock: Clock, say: (beat: number) => void) {
    this.#clock = clock
    this.#say = say
  }

  /** The broker asks whether this process is alive. */
  asked(beat: number): void {
    this.#say(beat)
  }

  /** So many bytes came in and were handled. */
  handled(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < busyBytes) return
    const now = this.#clock.now()
    if (now - this.#saidAt < pulseMs) return
    this.#bytes = 0
    this.#saidAt = now
    this.#say(0)
  }
}
