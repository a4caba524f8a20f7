import { expect, test } from 'vitest'
import { matches } from '../../src/index.ts'

test.each([
  ['a', 'a'],
  ['a.b', 'a.b'],
  ['*', 'a'],
  ['a.*', 'a.b'],
  ['*.b', 'a.b'],
  ['*.*', 'a.b'],
  ['>', 'a'],
  ['>', 'a.b.c'],
  ['a.>', 'a.b'],
  ['a.>', 'a.b.c'],
  ['*.>', 'a.b'],
  ['$sys.>', '$sys.member.joined'],
  ['$sys.*', '$sys.x'],
  ['a.*', 'a.$b'],
])('%s matches %s', (pattern, topic) => {
  expect(matches(pattern, topic)).toBe(true)
})

test.each([
  ['a', 'b'],
  ['a', 'A'],
  ['a', 'a.b'],
  ['a.b', 'a'],
  ['*', 'a.b'],
  ['a.*', 'a'],
  ['a.*', 'a.b.c'],
  ['a.>', 'a'],
  ['*.>', 'a'],
  ['a.*.c', 'a.b.d'],
  ['>', '$sys.x'],
  ['*', '$sys'],
  ['*.x', '$sys.x'],
  ['*.>', '$sys.x'],
])('%s does not match %s', (pattern, topic) => {
  expect(matches(pattern, topic)).toBe(false)
})
