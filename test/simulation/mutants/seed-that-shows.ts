import type { Mutant } from './mutant.ts'

/** Most seeds that a fault may hide from. */
export const seedsMax = 1_000
const all = Array.from({ length: seedsMax }, (_, index) => index + 1)

/** A seed from 1 to {@link seedsMax} at which the right checker notices a planted fault; `Infinity` when none does. */
export async function seedThatShows(
  mutant: Mutant,
  simulate: (seed: number) => Promise<{ readonly violations: readonly { readonly checker: string }[] }>,
): Promise<number> {
  const { shownBy, caughtBy } = mutant
  const takeOut = mutant.plant()
  try {
    for (const seed of [...(shownBy === undefined ? [] : [shownBy]), ...all]) {
      const { violations } = await simulate(seed)
      if (violations.some(({ checker }) => checker === caughtBy)) return seed
    }
    return Infinity
  } finally {
    takeOut()
  }
}
