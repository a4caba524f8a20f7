import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { sourceArgv } from '../support/program.ts'
import { scenarios } from './scenarios/index.ts'

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `pnpm chaos`. */
async function runChaos(...args: string[]): Promise<Ran> {
  const program = fileURLToPath(new URL('chaos.ts', import.meta.url))
  const child = spawn(process.execPath, [...sourceArgv, program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code]: (number | null)[] = await ended
  return { code: code ?? null, stdout, stderr }
}

const names = Object.keys(scenarios)

test('real processes under fire: what is promised holds in every scenario', { timeout: 120_000 }, async () => {
  const seed = Number(process.env.CHAOS_SEED ?? 1)
  const { code, stdout, stderr } = await runChaos('--minutes', '0.1', '--seed', String(seed))
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
  const { code, stderr } = await runChaos('--scenario', 'rain')
  expect(stderr).toContain('there is no scenario rain; there are kills, stops, ')
  expect(code).toBe(2)
})
