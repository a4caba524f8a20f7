import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keys, PromiseWorld, type Step } from './support/promise-world.ts'

const key = fc.constantFrom(...keys)
const what = fc.oneof(
  key.map((text) => ({ kind: 'key' as const, text: `s${text}` })),
  fc.constantFrom('t0', 't1').map((text) => ({ kind: 'tag' as const, text })),
  fc.constantFrom('a', 'b', 'b1').map((text) => ({ kind: 'prefix' as const, text })),
  fc.constant({ kind: 'all' as const, text: '' }),
)
const which = fc.nat(7)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('fetch'), key, aborts: fc.boolean(), tells: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('read'), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('write'), what, where: fc.constantFrom('here', 'elsewhere') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set'), key }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('finish', 'finish', 'finish', 'fail', 'abort'), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('lapse', 'renew', 'renew', 'renew', 'reset') }) },
  { weight: 8, arbitrary: fc.constant({ do: 'breathe' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.nat(40) }) },
)

test('whatever happens, no read returns what was loaded before an acknowledged invalidation', async () => {
  let hits = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }), async (steps) => {
      const world = new PromiseWorld()
      for (const one of steps) await world.take(one)
      hits += world.hits
      await world.heal()
      expect(world.failures).toEqual([])
    }),
    { numRuns: 400 },
  )
  // A cache that keeps nothing would keep the promise as well.
  expect(hits).toBeGreaterThan(100)
})
