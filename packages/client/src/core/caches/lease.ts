import type { Clock } from '@clusterbus/protocol'

/** How often a lease is asked for before it is known how long one lasts, in milliseconds. */
const firstPauseMs = 500
/** A lease is asked for so many times before the one before it ends. */
const timesPerLease = 3

export interface LeaseOwner {
  isConnected(): boolean
  /** Asks the broker for a lease; `number` comes back with it. */
  ask(number: number): void
}

/**
 * What lets this bus serve from caches. It counts from when it was asked for, so the broker, which counts from when it
 * gave it, never waits for less. A process that was stopped or blocked finds it ended; asking again is all it takes.
 */
export class Lease {
  readonly #clock: Clock
  readonly #owner: LeaseOwner
  #until = 0
  #pauseMs = firstPauseMs
  #cancel: (() => void) | undefined
  /** What was waited for leases, but for the wait that is under way. */
  #fencedMs = 0
  #isWanted = false

  constructor(clock: Clock, owner: LeaseOwner) {
    this.#clock = clock
    this.#owner = owner
  }

  /** The time now while there is one, else `NaN`. */
  freshNow(): number {
    const now = this.#clock.now()
    return now < this.#until ? now : NaN
  }

  /** How long there was none since it was first wanted, in milliseconds. */
  get fencedMs(): number {
    return this.#fencedMs + (this.#isWanted ? Math.max(0, this.#clock.now() - this.#until) : 0)
  }

  /** From now on one is wanted. */
  want(): void {
    if (this.#isWanted) return
    this.#isWanted = true
    this.#until = this.#clock.now()
    this.renew()
  }

  /** None is wanted any more. */
  drop(): void {
    this.#fencedMs = this.fencedMs
    this.#isWanted = false
    this.#until = 0
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** Asks for a new one if one is wanted, now and again. */
  renew(): void {
    if (!this.#isWanted) return
    // Its time is its number, so what comes back says when it was asked for.
    if (this.#owner.isConnected()) this.#owner.ask(Math.floor(this.#clock.now()) >>> 0)
    this.#renewLater()
  }

  /** The broker has given one, for as long after it was asked for. */
  granted(number: number, leaseMs: number): void {
    const now = this.#clock.now()
    const waitedMs = (Math.floor(now) - number) >>> 0
    this.#setPause(leaseMs / timesPerLease)
    const until = Math.floor(now) - waitedMs + leaseMs
    if (!this.#isWanted || until <= Math.max(now, this.#until)) return
    this.#fencedMs += Math.max(0, now - this.#until)
    this.#until = until
  }

  /** The pause under way is as long as was thought before, which may be longer than the lease is. */
  #setPause(pauseMs: number): void {
    if (pauseMs === this.#pauseMs) return
    this.#pauseMs = pauseMs
    if (this.#isWanted) this.#renewLater()
  }

  #renewLater(): void {
    this.#cancel?.()
    this.#cancel = this.#clock.after(this.#pauseMs, () => this.renew())
  }

  /** The link is gone, and all that was promised on it. */
  lost(): void {
    this.#until = Math.min(this.#until, this.#clock.now())
  }
}
