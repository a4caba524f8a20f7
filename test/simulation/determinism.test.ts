import { simulate } from '@clusterbus/testkit/simulation'
import { describe, expect, test } from 'vitest'

describe('the simulation', () => {
  test.each([1, 3, 17, 29, 42])('has the same history, byte for byte, for the seed %i', async (seed) => {
    const first = await simulate(seed)
    await simulate(seed + 1)
    const second = await simulate(seed)
    expect(second.history.join('\n')).toBe(first.history.join('\n'))
    expect(second.events).toBe(first.events)
  })

  test('has other histories for other seeds', async () => {
    const histories = new Set<string>()
    for (let seed = 1; seed <= 10; seed += 1) histories.add((await simulate(seed)).history.join('\n'))
    expect(histories.size).toBe(10)
  })
})
