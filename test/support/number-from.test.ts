import { expect, test } from 'vitest'
import { numberFrom } from './number-from.ts'

test('takes numbers of the form that was asked for', () => {
  expect(numberFrom('--n', '007')).toBe(7)
  expect(numberFrom('--n', '0.5', { isFraction: true })).toBe(0.5)
  expect(numberFrom('--n', '4294967295')).toBe(0xffff_ffff)
})

test.each(['', '-1', '1e3', '0x1', '1.5', ' 1', '4294967296'])('refuses "%s"', (text) => {
  expect(() => numberFrom('--n', text)).toThrow(
    `--n must be a whole number from 0 to 4294967295, not ${JSON.stringify(text)}`,
  )
})

test('refuses what is less than an option takes', () => {
  expect(() => numberFrom('--n', '0', { least: 1 })).toThrow('from 1 to')
})
