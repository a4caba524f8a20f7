import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PatternIndex, assertPattern, matches } from '../../src/index.ts'

// Few tokens, so that patterns and topics meet; names of methods and prototypes among them.
const token = fc.constantFrom('a', 'b', '$s', '__proto__', 'constructor')
const topic = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'))
const pattern = fc
  .tuple(fc.array(fc.oneof(token, fc.constant('*')), { maxLength: 3 }), fc.oneof(token, fc.constantFrom('*', '>')))
  .map(([tokens, last]) => [...tokens, last].join('.'))

describe('PatternIndex', () => {
  test('finds what the slow definition finds, whatever is added and deleted', () => {
    const step = fc.record({ add: fc.boolean(), pattern })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.array(topic, { minLength: 1, maxLength: 10 }),
        (steps, topics) => {
          const index = new PatternIndex<string>()
          const model = new Set<string>()
          for (const { add, pattern: changed } of steps) {
            assertPattern(changed, 'test')
            if (add) index.set(changed, changed)
            else index.delete(changed)
            if (add) model.add(changed)
            else model.delete(changed)
            expect(index.get(changed)).toBe(add ? changed : undefined)
          }
          for (const published of topics) {
            const expected = [...model].filter((known) => matches(known, published)).sort()
            expect(index.match(published).sort()).toStrictEqual(expected)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  test('keeps nothing of what was deleted', () => {
    fc.assert(
      fc.property(fc.uniqueArray(pattern, { maxLength: 20 }), fc.array(topic), (patterns, topics) => {
        const index = new PatternIndex<number>()
        const visited = visits(index, () => {
          for (const [leaf, added] of patterns.entries()) index.set(added, leaf)
          for (const added of [...patterns].reverse()) index.delete(added)
          return topics.map((published) => index.match(published))
        })
        expect(visited.result.flat()).toStrictEqual([])
        // With an empty trie not one node is looked at.
        expect(visited.lookupsAfter).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test('deleting what is not there changes nothing', () => {
    const index = new PatternIndex<number>()
    index.set('a.*.c', 1)
    index.set('a.b', 2)
    for (const absent of ['a.*', 'a.*.c.d', 'a.*.d', 'a.>', '*', 'a', 'b']) index.delete(absent)
    expect(index.match('a.x.c')).toStrictEqual([1])
    expect(index.match('a.b')).toStrictEqual([2])
  })

  test('a pattern that is set again has the later leaf', () => {
    const index = new PatternIndex<number>()
    for (const again of ['a.b', 'a.*', 'a.>']) {
      index.set(again, 1)
      index.set(again, 2)
    }
    expect(index.match('a.b')).toStrictEqual([2, 2, 2])
  })

  test('a leaf survives the deletion of what is above and below it', () => {
    const index = new PatternIndex<number>()
    index.set('a.*', 1)
    index.set('a.*.c', 2)
    index.set('a.*.c.>', 3)
    index.delete('a.*')
    index.delete('a.*.c.>')
    expect(index.match('a.b.c')).toStrictEqual([2])
    expect(index.get('a.*')).toBeUndefined()
  })

  test('a topic of the broker is not matched by a leading wildcard', () => {
    const index = new PatternIndex<string>()
    for (const wide of ['>', '*', '*.members', '*.>', '$sys.*', '$sys.>']) index.set(wide, wide)
    expect(index.match('$sys.members').sort()).toStrictEqual(['$sys.*', '$sys.>'])
    expect(index.match('app.members').sort()).toStrictEqual(['*.>', '*.members', '>'])
  })

  test('a match costs the same with 10 and with 100,000 patterns', () => {
    const small = filled(10)
    const large = filled(100_000)
    expect(visits(large, () => large.match('t.7.x.end')).lookups).toBe(
      visits(small, () => small.match('t.7.x.end')).lookups,
    )
  })
})

function filled(count: number): PatternIndex<number> {
  const index = new PatternIndex<number>()
  for (let number = 0; number < count; number += 1) index.set(`t.${number}.*.end`, number)
  return index
}

/** Counts the look-ups in maps that `run` makes, and those of one more match after it. */
function visits<T>(index: PatternIndex<number>, run: () => T): { result: T; lookups: number; lookupsAfter: number } {
  const original = Object.getOwnPropertyDescriptor(Map.prototype, 'get') ?? {}
  let count = 0
  const value = function (this: Map<unknown, unknown>, key: unknown): unknown {
    count += 1
    return Reflect.apply(original.value, this, [key])
  }
  Object.defineProperty(Map.prototype, 'get', { ...original, value })
  try {
    const result = run()
    const lookups = count
    index.match('a.b.c.d')
    // One look-up is for patterns without a wildcard.
    return { result, lookups, lookupsAfter: count - lookups - 1 }
  } finally {
    Object.defineProperty(Map.prototype, 'get', original)
  }
}
