import { describeFailure, simulate } from '@clusterbus/testkit/simulation'
import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'

/** A failure prints its seed, and the command that shows it again. */
const seeds = 50

test('a simulated cluster keeps all promises with seeds that nobody has tried', async () => {
  for (let count = 0; count < seeds; count += 1) {
    const result = await simulate(randomInt(0x7fff_ffff))
    expect(result.violations, describeFailure(result)).toEqual([])
  }
})
