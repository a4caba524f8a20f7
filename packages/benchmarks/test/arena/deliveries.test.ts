import { expect, test } from 'vitest'
import { deliveriesOf } from '../../src/arena/stream.ts'

const plan = { publishers: 1, bytes: 100 }

test('each subscriber of a topic gets each of its messages', () => {
  expect(deliveriesOf({ ...plan, subscribers: [['a'], ['a'], ['b']], topics: ['a'] }, 5)).toBe(10)
})

test('topics in turn: the rest of a last turn counts as far as it went', () => {
  expect(deliveriesOf({ ...plan, subscribers: [['a', 'b'], ['b']], topics: ['a', 'b', 'c'] }, 7)).toBe(7)
})

test('a message comes once for each pattern that matches', () => {
  expect(deliveriesOf({ ...plan, subscribers: [['a.*', '*.b'], ['a.>']], topics: ['a.b', 'a.c'] }, 2)).toBe(5)
})
