import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runExample, runScript } from './support/run-script.ts'

test('request-reply gets an answer, and tells why it gets none', async () => {
  expect(await runExample('request-reply')).toEqual([
    expect.stringMatching(/^add +42$/),
    expect.stringMatching(/^divide +REMOTE_ERROR: .*RangeError: division by zero/),
    expect.stringMatching(/^sleep +TIMEOUT: /),
    expect.stringMatching(/^nobody\.answers +NO_RESPONDERS: /),
    expect.stringMatching(/^crash +RESPONDER_LOST: /),
  ])
})

test('work-queue loses no job of a worker that ends', async () => {
  expect(await runExample('work-queue')).toEqual([
    '12 jobs for two workers; worker 1 is asked to end',
    'worker 1 has ended, after 6 jobs',
    '8 more jobs; worker 2 did 14 in all',
  ])
})

test('mixed-codecs hands each message to whoever can read it', async () => {
  const lines = await runExample('mixed-codecs')
  expect(lines.toSorted()).toEqual([
    'json    could not read it: UNKNOWN_CODEC',
    'json    received bytes   Uint8Array(3) [ 1, 2, 3 ]',
    "json    received json    { written: 'as JSON' }",
    'msgpack received bytes   Uint8Array(3) [ 1, 2, 3 ]',
    "msgpack received json    { written: 'as JSON' }",
    'msgpack received msgpack { ids: Set(2) { 1n, 2n }, at: 1970-01-01T00:00:00.000Z }',
  ])
})

test('single-process needs no cluster', async () => {
  const lines = await runExample('single-process')
  expect(lines.slice(-2)).toEqual(['orders placed: 2, of tea and milk', 'members: this process'])
})

test('the runner knows the examples of the README, and says so when it does not know a name', async () => {
  const { code, stderr } = await runScript('example', ['nonesuch'])
  expect(code).toBe(1)
  expect(stderr).toContain('There is no example nonesuch.')
  const readme = readFileSync(new URL('../../examples/README.md', import.meta.url), 'utf8')
  expect(commands(stderr)).toEqual(commands(readme))
})

/** Names of the examples that a text says how to run. */
function commands(text: string): string[] {
  return [...text.matchAll(/pnpm(?:@10)? example ([\w/-]+)/g)].map(([, name = '']) => name).toSorted()
}
