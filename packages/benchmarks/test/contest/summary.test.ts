import { expect, test } from 'vitest'
import { median, summary } from '../../src/contest/summary.ts'

test('the median is the middle of what is sorted by size, not by spelling', () => {
  expect(median([100, 9, 20])).toBe(20)
})

test('the median of an even count is the mean of both in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
})

test('there is no median of nothing', () => {
  expect(() => median([])).toThrow('there is no median of nothing')
})

test('a summary tells the least and the most as well', () => {
  expect(summary([3, 1, 8])).toEqual({ median: 3, min: 1, max: 8 })
})
