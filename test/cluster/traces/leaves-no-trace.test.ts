import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBroker } from '@clusterbus/broker'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { DoesAsTold } from '../fixtures/does-as-told.ts'
import { surplus } from '../fixtures/support/traces.ts'
import { runProgram } from '../support/programs.ts'
import { endWorkers, forkWorker } from '../support/workers.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'traces-'))
})

afterAll(() => rm(folder, { recursive: true }))
afterEach(endWorkers)

test.each(['socket', 'ipc'])(
  'a closed broker and a closed bus leave nothing in the primary, over %s',
  async (transport) => {
    const { stdout, stderr, code } = await runProgram('leaves-no-trace', { args: [transport], env: { TMPDIR: folder } })
    expect(stderr).toBe('')
    const { between, after } = JSON.parse(stdout)
    expect(between).toEqual(expect.arrayContaining([expect.stringMatching(/listeners: worker 1 internalMessage/)]))
    expect(after).toEqual([])
    expect(code).toBe(0)
    expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('clusterbus-'))
  },
)

test('a thousand rounds of opening and closing leave no more than a hundred', async () => {
  const { stdout, stderr } = await runProgram('opens-and-closes', {
    env: { TMPDIR: folder },
    execArgv: ['--expose-gc'],
  })
  expect(stderr).toBe('')
  const { grownBytes, more } = JSON.parse(stdout)
  expect(more).toEqual([])
  expect(grownBytes).toBeLessThan(1024 * 1024)
})

test.each(['socket', 'ipc'] as const)('a closed bus leaves nothing in a worker, over %s', async (transport) => {
  await using broker = createBroker({ transport })
  // Others open sockets in the folder that is everybody's.
  const worker = forkWorker<DoesAsTold>('does-as-told', { env: { TMPDIR: folder } })
  const before = await worker.call('traces')
  for (let round = 1; round <= 3; round++) {
    await worker.call('open')
    await worker.call('subscribe', 'news')
    await worker.call('close')
    expect(broker.stats().joined).toBe(round)
    await expect.poll(async () => surplus(before, await worker.call('traces'))).toEqual([])
  }
  worker.worker.disconnect()
  expect(await worker.exited).toEqual({ code: 0, signal: null })
})
