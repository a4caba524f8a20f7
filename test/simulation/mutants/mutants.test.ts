import { simulate } from '@clusterbus/testkit/simulation'
import { describe, expect, test } from 'vitest'
import { mutants } from './index.ts'
import { seedsMax, seedThatShows } from './seed-that-shows.ts'

describe('a planted fault is caught', () => {
  test.each(mutants)('$fault: by $caughtBy', { timeout: 120_000 }, async (mutant) => {
    expect(await seedThatShows(mutant, simulate)).toBeLessThanOrEqual(seedsMax)
  })
})
