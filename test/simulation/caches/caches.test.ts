import { describeFailure } from '@clusterbus/testkit/simulation'
import { simulateCaches } from '@clusterbus/testkit/simulation/caches'
import { randomInt } from 'node:crypto'
import { describe, expect, test } from 'vitest'

/** Enough for every kind of trouble to come up several times; `pnpm simulate --caches` runs far more. */
const seeds = 60
const seedsEach = 20
/** Seeds that nobody has tried. A failure prints its seed, and the command that shows it again. */
const newSeeds = 15

describe('simulated caches keep all promises', { timeout: 60_000 }, () => {
  for (let first = 1; first <= seeds; first += seedsEach) {
    test(`with the seeds ${first} to ${first + seedsEach - 1}`, async () => {
      let hits = 0
      let invalidations = 0
      for (let seed = first; seed < first + seedsEach; seed += 1) {
        const result = await simulateCaches(seed)
        expect(result.violations, describeFailure(result, ['--caches'])).toEqual([])
        hits += result.hits
        invalidations += result.fenced
      }
      // Caches that keep nothing, and members that are never silent, would prove nothing.
      expect(hits).toBeGreaterThan(1_000)
      expect(invalidations).toBeGreaterThan(100)
    })
  }

  test('with seeds that nobody has tried', async () => {
    for (let count = 0; count < newSeeds; count += 1) {
      const result = await simulateCaches(randomInt(0x7fff_ffff))
      expect(result.violations, describeFailure(result, ['--caches'])).toEqual([])
    }
  })

  test('and have the same history for the same seed, byte for byte', async () => {
    const first = await simulateCaches(7)
    await simulateCaches(8)
    const second = await simulateCaches(7)
    expect(second.history.join('\n')).toBe(first.history.join('\n'))
  })
})
