import type { Dice } from '../dice.ts'

/** How often a chunk meets a fault, from 0 to 1 each. */
export interface FaultRates {
  /** It comes a few milliseconds later. */
  readonly delay: number
  /** It comes up to two seconds later. */
  readonly stall: number
  /** It comes in pieces. */
  readonly split: number
  /** It waits for what comes behind it, and is one with that. */
  readonly coalesce: number
  /** A part of it comes, and then the link is cut. */
  readonly truncate: number
  /** One bit of it is another; a little later the link is cut. */
  readonly corrupt: number
  /** The link is cut. */
  readonly cut: number
}

export const noFaults: FaultRates = { delay: 0, stall: 0, split: 0, coalesce: 0, truncate: 0, corrupt: 0, cut: 0 }

/** What happens to one chunk. */
export interface Fate {
  readonly delayMs: number
  readonly split: boolean
  readonly coalesce: boolean
  readonly harm: 'none' | 'truncate' | 'corrupt' | 'cut'
}

const noFate: Fate = { delayMs: 0, split: false, coalesce: false, harm: 'none' }

/** Decides what goes wrong with the links of a cluster, until it heals. */
export class Faults {
  readonly dice: Dice
  #rates: FaultRates
  /** Whether links may be so slow that whoever is there seems silent. */
  readonly mayDelay: boolean

  constructor(rates: FaultRates, dice: Dice) {
    this.#rates = rates
    this.dice = dice
    this.mayDelay = rates.stall > 0 || rates.truncate > 0 || rates.delay > 0
  }

  /** From now on nothing goes wrong any more. */
  heal(): void {
    this.#rates = noFaults
  }

  /** The fate of the next chunk. */
  fate(): Fate {
    const rates = this.#rates
    if (rates === noFaults) return noFate
    const { dice } = this
    let delayMs = dice.chance(rates.delay) ? dice.between(1, 20) : 0
    if (dice.chance(rates.stall)) delayMs += dice.between(50, 2_000)
    const split = dice.chance(rates.split)
    const coalesce = dice.chance(rates.coalesce)
    let harm: Fate['harm'] = 'none'
    if (dice.chance(rates.cut)) harm = 'cut'
    else if (dice.chance(rates.truncate)) harm = 'truncate'
    else if (dice.chance(rates.corrupt)) harm = 'corrupt'
    return { delayMs, split, coalesce, harm }
  }
}
