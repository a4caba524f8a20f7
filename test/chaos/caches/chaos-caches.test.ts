import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { sourceArgv } from '../../support/program.ts'
import { faults } from './faults.ts'

/** `pnpm chaos:caches`. */
async function runProgram(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const program = fileURLToPath(new URL('chaos-caches.ts', import.meta.url))
  const child = spawn(process.execPath, [...sourceArgv, program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, stdout, stderr }
}

test('real workers with caches under fire read nothing stale', { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await runProgram('--minutes', '0.05', '--seed', '1')
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^ok {3}caches invalidations [1-9]\d*, reads [1-9]\d*, hits [1-9]\d*, stale 0, /)
  expect(code).toBe(0)
})

test.concurrent.each(faults)('with %s stale reads are found', { timeout: 60_000 }, async (fault) => {
  const { code, stdout, stderr } = await runProgram('--minutes', '0.1', '--fault', fault)
  expect(stderr).toMatch(/^caches: [1-9]\d* stale versions read, /)
  expect(stdout).toMatch(/^BAD /)
  expect(code).toBe(1)
})

test('what is no fault is told what there is', async () => {
  const { code, stderr } = await runProgram('--fault', 'rain')
  expect(stderr).toContain('there is no fault rain; there are late-evict, ')
  expect(code).toBe(2)
})
