import { EventQueue, type SimulatedEvent } from './event-queue.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** Where an event stands among those of the same moment: `soon` before all else, `endOfTurn` behind. */
export const eventRank = { soon: 0, plain: 1, endOfTurn: 2 } as const

/**
 * The only time there is in a simulation. It stands still while an event is handled, and jumps to the next one; nothing
 * depends on how fast the machine is. All promises that an event settles are through before the next event happens.
 */
export class VirtualTime {
  readonly #queue = new EventQueue()
  #now = 0
  #sequence = 0
  #events = 0

  /** Virtual milliseconds since the simulation began. */
  get now(): number {
    return this.#now
  }

  /** Events that have happened. */
  get events(): number {
    return this.#events
  }

  /** Calls `callback` after `delayMs`, in the life of `process` where one is given. Returns how to call it off. */
  schedule(
    delayMs: number,
    callback: () => void,
    process?: SimulatedProcess,
    rank: number = eventRank.plain,
  ): () => void {
    const event: SimulatedEvent = { at: this.#now + delayMs, rank, sequence: this.#sequence, process, callback }
    this.#sequence += 1
    this.#queue.push(event)
    return () => void (event.callback = undefined)
  }

  /** What could not happen in its time happens now, behind what was put off before. */
  reschedule(event: SimulatedEvent): void {
    event.at = this.#now
    event.sequence = this.#sequence
    this.#sequence += 1
    this.#queue.push(event)
  }

  /**
   * Lets time pass until `untilMs`, or until `isOver` says so between two events. Rejects with what an event throws:
   * in a real process that would be an uncaught exception.
   */
  run(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      // Microtasks are all through before the next tick, and a tick costs far less than a turn of the event loop.
      const next = (): void => process.nextTick(step)
      const step = (): void => {
        try {
          if (isOver() || !this.#happen(untilMs)) return resolve()
        } catch (error) {
          return reject(error)
        }
        queueMicrotask(next)
      }
      process.nextTick(step)
    })
  }

  /** The next event happens, if it is due by then. */
  #happen(untilMs: number): boolean {
    for (;;) {
      const event = this.#queue.peek()
      if (event === undefined || event.at > untilMs) {
        this.#now = Math.max(this.#now, untilMs)
        return false
      }
      this.#queue.pop()
      const { callback, process: owner } = event
      if (callback === undefined || owner?.state === 'ended') continue
      this.#now = event.at
      if (owner?.state === 'stopped') {
        owner.putOff(event)
        continue
      }
      event.callback = undefined
      this.#events += 1
      callback()
      return true
    }
  }
}
