import { expect, test } from 'vitest'
import { inUnit, type Unit } from '../../src/report/units.ts'

test.each([
  [1_234_567, 'perSecond', '1.23 M'],
  [187_000, 'perSecond', '187 k'],
  [94_100, 'ns', '94.1 µs'],
  [1_024, 'bytes', '1.02 KB'],
  [24.96, 'ms', '25.0 ms'],
  [0.756, 'cpuSeconds', '0.76'],
  [75.4, 'percent', '75 %'],
  [8, 'times', '8.00x'],
  [0, 'bytes', '0 B'],
  [-5_250, 'bytes', '-5.25 KB'],
] as [number, Unit, string][])('%d in %s is %s', (value, unit, text) => {
  expect(inUnit(value, unit)).toBe(text)
})
