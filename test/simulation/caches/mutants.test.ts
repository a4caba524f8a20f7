import { simulateCaches } from '@clusterbus/testkit/simulation/caches'
import { describe, expect, test } from 'vitest'
import { cacheMutants } from './mutants/index.ts'
import { seedsMax, seedThatShows } from '../mutants/seed-that-shows.ts'

describe('a fault planted in caches is caught', () => {
  test.each(cacheMutants)('$fault: by $caughtBy', { timeout: 300_000 }, async (mutant) => {
    expect(await seedThatShows(mutant, simulateCaches)).toBeLessThanOrEqual(seedsMax)
  })
})
