import { seededRandom } from '../conformance/tools/random.ts'

/** Choices that come from a seed and are the same in every run. */
export class Dice {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** `true` with that probability, from 0 to 1. */
  chance(probability: number): boolean {
    return this.#random() < probability
  }

  /** A whole number from 0 to `end - 1`. */
  below(end: number): number {
    return Math.floor(this.#random() * end)
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** One of `values`. Throws when there is none. */
  pick<Value>(values: readonly Value[]): Value {
    const index = this.below(values.length)
    const value = values[index]
    if (value === undefined && index >= values.length) throw new RangeError('nothing to pick from')
    return value as Value
  }

  /** One of the names, each as often as its weight says. Throws when no weight is above zero. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const names = Object.keys(weights) as Name[]
    let total = 0
    for (const name of names) total += weights[name]
    let at = this.#random() * total
    for (const name of names) {
      at -= weights[name]
      if (at < 0) return name
    }
    throw new RangeError('nothing to pick from')
  }
}
