import type { Turns } from '@clusterbus/client/core'
import type { Clock } from '@clusterbus/protocol'
import type { SimulatedEvent } from './event-queue.ts'
import { eventRank, type VirtualTime } from './virtual-time.ts'

/** `stopped`: as after SIGSTOP, nothing happens in it until it goes on. `ended`: nothing ever will. */
export type ProcessState = 'running' | 'stopped' | 'ended'

/** A process as far as a core can see one: a clock, turns of an event loop, and an end. */
export class SimulatedProcess {
  readonly name: string
  readonly clock: Clock
  readonly turns: Turns
  readonly #time: VirtualTime
  readonly #putOff: SimulatedEvent[] = []
  #state: ProcessState = 'running'
  #timers = 0

  constructor(name: string, time: VirtualTime) {
    this.name = name
    this.#time = time
    this.clock = { now: () => time.now, after: (delayMs, callback) => this.#after(delayMs, callback) }
    this.turns = {
      soon: (callback) => void time.schedule(0, callback, this, eventRank.soon),
      endOfTurn: (callback) => void time.schedule(0, callback, this, eventRank.endOfTurn),
    }
  }

  get state(): ProcessState {
    return this.#state
  }

  /** Timers of its clock that have neither fired nor been called off. */
  get timers(): number {
    return this.#timers
  }

  /** Calls `callback` after `delayMs` in this process. For the world around a core; the core has its clock. */
  schedule(delayMs: number, callback: () => void): () => void {
    return this.#time.schedule(delayMs, callback, this)
  }

  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped'
  }

  /** Goes on after {@link stop}, with all that was to happen meanwhile. */
  goOn(): void {
    if (this.#state !== 'stopped') return
    this.#state = 'running'
    for (const event of this.#putOff.splice(0)) this.#time.reschedule(event)
  }

  /** Ends at once, as after SIGKILL. */
  end(): void {
    this.#state = 'ended'
    this.#putOff.length = 0
  }

  /** Keeps an event that was due while it is stopped. */
  putOff(event: SimulatedEvent): void {
    this.#putOff.push(event)
  }

  #after(delayMs: number, callback: () => void): () => void {
    this.#timers += 1
    let isActive = true
    const cancel = this.#time.schedule(
      delayMs,
      () => {
        isActive = false
        this.#timers -= 1
        callback()
      },
      this,
    )
    return () => {
      if (!isActive) return
      isActive = false
      this.#timers -= 1
      cancel()
    }
  }
}
