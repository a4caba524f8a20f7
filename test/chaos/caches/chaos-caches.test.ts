import { expect, test } from 'vitest'
import { runCommand, runFromSource } from '../engine/run-command.ts'
import { faults } from './faults.ts'

const command = 'caches/chaos-caches'

test('real workers with caches under fire read nothing stale', { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await runFromSource(command, '--minutes', '0.05', '--seed', '1')
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^ok {3}caches invalidations [1-9]\d*, reads [1-9]\d*, hits [1-9]\d*, stale 0, /)
  expect(code).toBe(0)
})

test.concurrent.each(faults)('with %s stale reads are found', { timeout: 60_000 }, async (fault) => {
  const { code, stdout, stderr } = await runCommand(command, '--minutes', '0.5', '--fault', fault)
  expect(stderr).toMatch(/^caches: [1-9]\d* stale versions read, /)
  expect(stdout).toMatch(/^BAD /)
  expect(code).toBe(1)
})

test('what is no fault is told what there is', async () => {
  const { code, stderr } = await runCommand(command, '--fault', 'rain')
  expect(stderr).toContain('there is no fault rain; there are late-evict, ')
  expect(code).toBe(2)
})
