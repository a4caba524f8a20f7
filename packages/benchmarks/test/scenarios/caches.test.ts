import { afterAll, expect, test } from 'vitest'
import type { Scenario } from '../../src/contest/scenario.ts'
import { cacheHit } from '../../src/scenarios/cache-hit.ts'
import { cacheBatch, cacheInvalidate } from '../../src/scenarios/cache-invalidate.ts'
import { startServer } from '../../src/servers/servers.ts'

const redis = await startServer('redis')
afterAll(() => redis?.stop())

const all = [cacheHit, cacheInvalidate(300), cacheBatch(300)].flatMap((scenario) =>
  scenario.entrants.map((entrant): [string, Scenario, (typeof scenario.entrants)[number]] => [
    `${scenario.name}, ${entrant.name}`,
    scenario,
    entrant,
  ]),
)

test.each(all)('%s measures each figure, and no entry stays', { timeout: 60_000 }, async (_, { figures }, entrant) => {
  if (entrant.peer === 'ioredis' && redis === undefined) {
    expect(process.env['CI'], 'CI measures all peers').not.toBe('true')
    return
  }
  const contender = await entrant.open({ servers: redis === undefined ? {} : { redis }, windowMs: 20 })
  try {
    const { values, lost = 0 } = await contender.round()
    expect(lost).toBe(0)
    expect(Object.keys(values).toSorted()).toEqual(figures.map(({ name }) => name).toSorted())
    for (const value of Object.values(values)) expect(value).toBeGreaterThan(0)
  } finally {
    await contender.close()
  }
})
