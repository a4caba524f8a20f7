import { expect, test } from 'vitest'
import { runCommand, runFromSource } from './engine/run-command.ts'
import { scenarios } from './scenarios/index.ts'

const names = Object.keys(scenarios)

test('real processes under fire: what is promised holds in every scenario', { timeout: 120_000 }, async () => {
  const seed = Number(process.env.CHAOS_SEED ?? 1)
  const { code, stdout, stderr } = await runCommand('chaos', '--minutes', '0.1', '--seed', String(seed))
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ +/, 2).join(' ')),
  ).toEqual(names.map((name) => `ok ${name}`))
})

test('what is no scenario is told what there is', async () => {
  const { code, stderr } = await runFromSource('chaos', '--scenario', 'rain')
  expect(stderr).toContain('there is no scenario rain; there are kills, stops, ')
  expect(code).toBe(2)
})
