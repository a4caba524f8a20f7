import { expect, test } from 'vitest'
import { isSample, sampleMaker } from '../src/workload.ts'

test.each([100, 1_024, 64 * 1_024])('a sample of %i bytes is about as long as JSON', (bytes) => {
  const text = JSON.stringify(sampleMaker(bytes, 0)(123_456, 123_456_789_012_345))
  expect(Math.abs(text.length - bytes)).toBeLessThan(50)
})

test('a sample says its number, its publisher and its time', () => {
  const sample = sampleMaker(100, 3)(17, 42)
  expect(sample).toMatchObject({ n: 17, publisher: 3, at: 42 })
  expect(isSample(sample)).toBe(true)
  expect(isSample({ n: 17 })).toBe(false)
})
