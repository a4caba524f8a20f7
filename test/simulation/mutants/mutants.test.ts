import { simulate } from '@clusterbus/testkit/simulation'
import { describe, expect, test } from 'vitest'
import { mutants } from './index.ts'
import type { Mutant } from './mutant.ts'

/** Most seeds that a fault may hide from. */
const seedsMax = 1_000

describe('a planted fault is caught', () => {
  test.each(mutants)('$fault: by $caughtBy', { timeout: 120_000 }, async (mutant) => {
    expect(await seedThatShows(mutant)).toBeLessThanOrEqual(seedsMax)
  })
})

/** The first seed at which the right checker notices; `Infinity` when none does. */
async function seedThatShows(mutant: Mutant): Promise<number> {
  const takeOut = mutant.plant()
  try {
    for (let seed = 1; seed <= seedsMax; seed += 1) {
      const { violations } = await simulate(seed)
      if (violations.some(({ checker }) => checker === mutant.caughtBy)) return seed
    }
    return Infinity
  } finally {
    takeOut()
  }
}
