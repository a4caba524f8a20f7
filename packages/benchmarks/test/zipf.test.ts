import { expect, test } from 'vitest'
import { deliveriesOf } from '../src/arena/stream.ts'
import { zipfPlan } from '../src/scenarios/zipf-patterns.ts'
import { seededRandom, zipf } from '../src/zipf.ts'

test('the same seed gives the same numbers', () => {
  const [one, same, other] = [seededRandom(1), seededRandom(1), seededRandom(2)]
  const first = Array.from({ length: 5 }, one)
  expect(Array.from({ length: 5 }, same)).toEqual(first)
  expect(Array.from({ length: 5 }, other)).not.toEqual(first)
  expect(first.every((value) => value >= 0 && value < 1)).toBe(true)
})

test('the first is drawn twice as often as the second, and three times as often as the third', () => {
  const draw = zipf(100, seededRandom(4_711))
  const counts = Array.from({ length: 100 }, () => 0)
  for (let drawn = 0; drawn < 100_000; drawn += 1) {
    const number = draw()
    counts[number] = (counts[number] ?? Number.NaN) + 1
  }
  const [first = 0, second = 0, third = 0] = counts
  expect(first / second).toBeCloseTo(2, 0)
  expect(first / third).toBeCloseTo(3, 0)
  expect(counts.at(-1)).toBeGreaterThan(0)
})

test('the plan of a seed is always the same, and its patterns match what is published', () => {
  const plan = zipfPlan(4_711)
  expect(zipfPlan(4_711)).toEqual(plan)
  expect(plan.subscribers.map((patterns) => new Set(patterns).size)).toEqual([20, 20, 20])
  expect(deliveriesOf(plan, plan.topics.length)).toBeGreaterThan(plan.topics.length)
})
