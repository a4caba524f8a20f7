import type { Clock } from '@clusterbus/protocol'
import type { Dice } from '../../dice.ts'

/** How a clock of one process goes: where it started, and how fast. */
export interface ClockTerms {
  readonly offsetMs: number
  /** Its milliseconds in one of the world's. */
  readonly rate: number
}

/** A whole turn of what a lease is numbered by, so that some clocks come round within a simulation. */
const turnMs = 2 ** 32

export function drawClock(dice: Dice, drift: number): ClockTerms {
  const rate = 1 + drift * (2 * dice.below(1_001) * 0.001 - 1)
  return { offsetMs: dice.pick([0, dice.below(100_000) / 7, turnMs - dice.below(5_000)]), rate }
}

/** The clock of one process as real ones are: it began at some moment, runs a little fast or slow, and its timers are late. */
export function driftingClock(clock: Clock, { offsetMs, rate }: ClockTerms, dice: Dice): Clock {
  return {
    now: () => offsetMs + clock.now() * rate,
    after: (delayMs, callback) => {
      // Timers of Node may also be early by a fraction.
      const lateMs = dice.chance(0.2) ? dice.pick([-0.4, 0.7, 3]) : 0
      return clock.after(Math.max(0, delayMs / rate + lateMs), callback)
    },
  }
}
