import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { execArgv, fixturePath } from '../support/workers.ts'

/** What the fixture prints when its process may have few descriptors, and has taken them all. */
function start(transport: 'auto' | 'socket'): unknown {
  const args = [process.execPath, ...execArgv, fixturePath('starts-without-descriptors'), transport]
  const { stdout, stderr } = spawnSync('sh', ['-c', 'ulimit -n 512 && exec "$@"', 'sh', ...args], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

test('a broker that gets no descriptor for its socket serves workers over IPC', () => {
  expect(start('auto')).toEqual({ said: 'ready', joined: 1 })
})

test('a broker that must have a socket and gets no descriptor says so', () => {
  const said: unknown = expect.stringMatching(/^NOT_ALLOWED: ready: the broker's socket cannot be opened: .*EMFILE/)
  expect(start('socket')).toEqual({ said, joined: 0 })
})
