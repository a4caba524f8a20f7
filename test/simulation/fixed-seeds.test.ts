import { describeFailure, simulate } from '@clusterbus/testkit/simulation'
import { describe, expect, test } from 'vitest'

/** Enough for every kind of trouble to come up several times; `pnpm simulate` runs far more. */
const seeds = 240
const seedsEach = 40

describe('a simulated cluster keeps all promises', () => {
  for (let first = 1; first <= seeds; first += seedsEach) {
    test(`with the seeds ${first} to ${first + seedsEach - 1}`, async () => {
      for (let seed = first; seed < first + seedsEach; seed += 1) {
        const result = await simulate(seed)
        expect(result.violations, describeFailure(result)).toEqual([])
      }
    })
  }
})
