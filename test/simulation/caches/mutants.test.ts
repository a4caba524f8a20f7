import { simulateCaches } from '@clusterbus/testkit/simulation/caches'
import { describe, expect, test } from 'vitest'
import type { Mutant } from '../mutants/mutant.ts'
import { cacheMutants } from './mutants/index.ts'

/** Most seeds that a fault may hide from. */
const seedsMax = 1_000

describe('a fault planted in caches is caught', () => {
  test.each(cacheMutants)('$fault: by $caughtBy', { timeout: 300_000 }, async (mutant) => {
    expect(await seedThatShows(mutant)).toBeLessThanOrEqual(seedsMax)
  })
})

/** The first seed at which the right checker notices; `Infinity` when none does. */
async function seedThatShows(mutant: Mutant): Promise<number> {
  const takeOut = mutant.plant()
  try {
    for (let seed = 1; seed <= seedsMax; seed += 1) {
      const { violations } = await simulateCaches(seed)
      if (violations.some(({ checker }) => checker === mutant.caughtBy)) return seed
    }
    return Infinity
  } finally {
    takeOut()
  }
}
