import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withFigures } from '../src/report/readme.ts'
import type { Results } from '../src/report/results.ts'
import { resultsOf } from './support/results.ts'

const resultsFile = new URL('../results/results.json', import.meta.url)
const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')

test.runIf(readme.includes('<!-- benchmark:start -->'))('the README says what was measured last', () => {
  expect(existsSync(resultsFile), 'a full run of `pnpm bench` writes results.json').toBe(true)
  const results = JSON.parse(readFileSync(resultsFile, 'utf8')) as Results
  expect(withFigures(readme, results)).toBe(readme)
})

test('the figures stand between the marks, and nothing else changes', () => {
  const before = 'Above\n<!-- benchmark:start -->\nold\n<!-- benchmark:end -->\nbelow\n'
  const after = withFigures(before, resultsOf({ 'one-to-one': { clusterbus: { perSecond: 1_234_567 } } }))
  expect(after).toMatch(/^Above\n<!-- benchmark:start -->\n\n[^]*\n\n<!-- benchmark:end -->\nbelow\n$/)
  expect(after).not.toContain('old')
  expect(after).toContain('1.23 M')
})

test('a README without marks stays as it is', () => {
  expect(withFigures('# clusterbus\n', resultsOf({}))).toBe('# clusterbus\n')
})
