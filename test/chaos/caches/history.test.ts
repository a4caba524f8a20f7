import { describe, expect, test } from 'vitest'
import { History } from './history.ts'

function historyWith(floorMs: number, floor: number): History {
  const history = new History()
  history.add(1, { reads: [], invalidations: [{ calledMs: 0, resolvedMs: floorMs, floors: [['a:0', floor]] }] })
  return history
}

describe('a read of version 4, and an invalidation that resolved at 10 ms when version 5 was there', () => {
  test.each([
    ['began before that', 'a:0', 4, 9.9, 0],
    ['began at that very moment', 'a:0', 4, 10, 0],
    ['began after it', 'a:0', 4, 10.1, 1],
    ['is of another key', 'a:1', 4, 10.1, 0],
    ['is of that version', 'a:0', 5, 10.1, 0],
  ])('%s', (_, key, version, lastMs, stale) => {
    const history = historyWith(10, 5)
    history.add(2, { reads: [[key, version, lastMs, 1]], invalidations: [] })
    expect(history.judge().stale).toHaveLength(stale)
  })
})

test('what is told later, by others, counts all the same', () => {
  const history = new History()
  history.add(2, { reads: [['a:0', 4, 12, 3]], invalidations: [] })
  history.add(3, { reads: [['a:0', 4, 9, 2]], invalidations: [] })
  history.add(1, { reads: [], invalidations: [{ calledMs: 8, resolvedMs: 11, floors: [['a:0', 7]] }] })
  // It has said nothing that was not known.
  history.add(1, { reads: [], invalidations: [{ calledMs: 8, resolvedMs: 11.5, floors: [['a:0', 6]] }] })
  const { reads, invalidations, stale, tookMs } = history.judge()
  expect([reads, invalidations]).toEqual([5, 2])
  expect(stale).toEqual(['member 2 read version 4 of a:0 1.000 ms after 7 was known'])
  expect(tookMs).toEqual([3, 3.5])
})
