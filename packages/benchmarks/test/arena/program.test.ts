import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Program, programPath } from '../../src/arena/program.ts'

test('whoever waits for a program that ends hears which one, and how', async () => {
  const program = new Program('Redis, ioredis', fileURLToPath(new URL('fixtures/ends-at-once.js', import.meta.url)))
  const forever = new Promise<never>(() => undefined)
  await expect(program.whileAlive(forever)).rejects.toThrow('Redis, ioredis has ended unexpectedly (3)')
  await program.close()
})

test('sources run sources, and what was built runs what was built', () => {
  expect(programPath('primary', 'file:///src/arena/arena.ts')).toBe('/src/arena/primary.ts')
  expect(programPath('primary', 'file:///dist/arena/arena.js')).toBe('/dist/arena/primary.js')
})
