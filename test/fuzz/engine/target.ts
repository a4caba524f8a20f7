import type { Random } from '../../support/random.ts'
import type { Input } from './input.ts'

/** What became of an input. */
export interface Outcome {
  /** Inputs with a new one are worth mutating further: it says as much of the way taken as can be told from outside. */
  readonly path: string
  /** The refusal that the input met, without what is particular to it; `undefined` when it was taken. */
  readonly refusal: string | undefined
}

/** A piece of the product that takes bytes from others, with all that must hold whatever they are. */
export interface Target {
  /** Something well-formed. */
  generate(random: Random): Input
  /** Changes an input, `other` being one to take parts from. */
  mutate(input: Input, other: Input, random: Random): Input
  /** Takes an input, and may write into it. Throws when something does not hold that must. */
  take(input: Input): Outcome
  /** Looks from time to time at what only shows in the long run. Rejects when something does not hold that must. */
  settle(): Promise<void>
}

/** Makes a target that has taken nothing yet. */
export type TargetMaker = () => Target
