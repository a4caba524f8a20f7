import { expect, test } from 'vitest'
import { numbered, topicOf } from './numbered.ts'
import { Tally } from './tally.ts'

/** What a subscription to `pattern` makes of these numbers of publisher 3, one after the other. */
function taken(pattern: string, ...numbers: number[]): { tally: unknown; faults: string[] } {
  const faults: string[] = []
  const tally = new Tally(pattern, (what) => faults.push(what))
  for (const number of numbers) tally.take(numbered(3, number, ''), { topic: topicOf(number) })
  return { tally: tally.tallied['3'], faults }
}

test('what comes whole has no gap, wherever it begins', () => {
  const { tally, faults } = taken('load.>', 5, 6, 7)
  expect(tally).toEqual({ first: 5, last: 7, seen: 3, gaps: 0, missing: 0 })
  expect(faults).toEqual([])
})

test('what is left out is a gap, and only what the pattern matches is missed', () => {
  expect(taken('load.>', 0, 1, 4, 6).tally).toMatchObject({ gaps: 2, missing: 3 })
  expect(taken('load.blue', 2, 10).tally).toMatchObject({ gaps: 1, missing: 1 })
})

test('what comes twice, or late, is a fault', () => {
  expect(taken('load.>', 0, 1, 1).faults).toEqual(['load.>: 1 of 3 came twice'])
  expect(taken('load.>', 0, 2, 1).faults).toEqual(['load.>: 1 of 3 came after 2'])
})

test('what nobody published is a fault', () => {
  const faults: string[] = []
  const tally = new Tally('load.>', (what) => faults.push(what))
  tally.take({ ...numbered(3, 8, ''), number: 9 }, { topic: topicOf(9) })
  tally.take(numbered(3, 1, ''), { topic: topicOf(2) })
  expect(faults).toEqual([expect.stringContaining('nobody published'), `load.>: 1 of 3 came on ${topicOf(2)}`])
})
