import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bundledExamples, runExample, runScript } from './support/run-script.ts'

const runProgram = await bundledExamples(
  'access',
  'cache-race',
  'confirmed-config',
  'interceptors',
  'mixed-codecs',
  'request-reply',
  'shared-cache',
  'slow-subscriber',
  'typed-events',
  'work-queue',
)

test('request-reply gets an answer, and tells why it gets none', async () => {
  expect(await runProgram('request-reply')).toEqual([
    expect.stringMatching(/^add +42$/),
    expect.stringMatching(/^divide +REMOTE_ERROR: .*RangeError: division by zero/),
    expect.stringMatching(/^sleep +TIMEOUT: /),
    expect.stringMatching(/^nobody\.answers +NO_RESPONDERS: /),
    expect.stringMatching(/^crash +RESPONDER_LOST: /),
  ])
})

test('work-queue loses no job of a worker that ends', async () => {
  expect(await runProgram('work-queue')).toEqual([
    '12 jobs for two workers; worker 1 is asked to end',
    'worker 1 has ended, after 6 jobs',
    '8 more jobs; worker 2 did 14 in all',
  ])
})

test('confirmed-config hears from every worker, and of the one that is killed', async () => {
  expect(await runProgram('confirmed-config')).toEqual([
    '20 MB: of 3 members 3 have it, 0 failed, 0 are gone',
    'worker small: HANDLER_FAILED, RangeError: 500 MB do not fit',
    '500 MB: of 3 members 1 have it, 1 failed, 1 are gone',
    '50 MB: of 2 members 2 have it, 0 failed, 0 are gone',
  ])
})

test('forked-children share the work, and the one that is left does what is left', async () => {
  expect(await runExample('forked-children')).toEqual([
    'members: forked (fork), main (primary), spawned (fork)',
    'resized: 4, 2 by the forked child and 2 by the spawned one',
    'killed: forked; the next file was resized by spawned',
    'the other was disconnected, and has ended by itself',
  ])
})

test('access tells a plugin what it may not do', async () => {
  expect(await runProgram('access')).toEqual([
    'the plugin:  hears of a book',
    'subscribe:         NOT_ALLOWED',
    'request:           NOT_ALLOWED',
    'publish and wait:  NOT_ALLOWED',
    expect.stringMatching(/^publish: +publish\("orders\.placed"\): the broker does not let this member publish/),
    'publish again:     NOT_ALLOWED',
    'the shop:    1 order, 2 messages refused',
  ])
})

test('slow-subscriber accounts for every price under each policy', async () => {
  expect(await runProgram('slow-subscriber')).toEqual([
    '100 prices are out, and publish() returns false: a subscription that blocks is full',
    'flush() has waited until it has room',
    'drop-oldest  52 received + 49 missed = 101: 1 26 126 ... 50 150 0',
    'drop-newest  52 received + 49 missed = 101: 1 101 2 ... 125 26 0',
    'conflate     4 received + 97 missed = 101: 1 50 150 0',
    'block        101 received + 0 missed = 101: 1 101 2 ... 50 150 0',
  ])
})

test('cache-race shows who returns what after the invalidation', async () => {
  expect(await runProgram('cache-race')).toEqual([
    '                     came before     came after      came last',
    'cache-manager wrap   old             STALE           STALE',
    'cacheable getOrSet   old             STALE           STALE',
    'async-cache-dedupe   old             STALE           STALE',
    'bentocache getOrSet  old             STALE           STALE',
    'lru-cache fetch      error: deleted  fresh           fresh',
    'clusterbus fetch     old             fresh           fresh',
  ])
})

test('shared-cache loads once for all, and again when it was invalidated', async () => {
  expect(await runProgram('shared-cache')).toEqual([
    'three workers fetch at once:     Ada Byron, loaded once',
    'they fetch again:                Ada Byron, from memory',
    'worker 1 has invalidated it:     Ada Lovelace, loaded once; 2 others had to evict',
    'worker 2 has invalidated a tag:  Ada Lovelace, loaded once',
    'stats of all: hits 3, misses 9, loads 3, shared 6, invalidationsSent 2, invalidationsReceived 4',
  ])
})

test('mixed-codecs hands each message to whoever can read it', async () => {
  const lines = await runProgram('mixed-codecs')
  expect(lines.toSorted()).toEqual([
    'json    could not read it: UNKNOWN_CODEC',
    'json    received bytes   Uint8Array(3) [ 1, 2, 3 ]',
    "json    received json    { written: 'as JSON' }",
    'msgpack received bytes   Uint8Array(3) [ 1, 2, 3 ]',
    "msgpack received json    { written: 'as JSON' }",
    'msgpack received msgpack { ids: Set(2) { 1n, 2n }, at: 1970-01-01T00:00:00.000Z }',
  ])
})

test('typed-events refuses what its schemas refuse, and sends what they make of the rest', async () => {
  expect(await runProgram('typed-events')).toEqual([
    expect.stringMatching(/^order 3: UNENCODABLE: publish\("order\.placed"\): .* "count" /),
    'price of tea: 499',
    expect.stringMatching(/^price of milk: REMOTE_ERROR: .* respond\("price\.of"\): .* "cents" /),
    'open',
    '3 x tea',
    '1 x milk',
    'not 2: none left',
  ])
})

test('interceptors carry a request over processes and awaits', async () => {
  expect(await runProgram('interceptors')).toEqual([
    'primary sends order.placed for request 1',
    'primary has handled order.packed for request 1',
    'primary sends order.placed for request 2',
    'primary has handled order.packed for request 2',
    'worker  sends order.packed for request 1',
    'worker  has handled order.placed for request 1',
    'worker  sends order.packed for request 2',
    'worker  has handled order.placed for request 2',
    'diagnostics: 1 request was timed',
  ])
})

test('threads are members, of the primary and of a worker', async () => {
  const lines = await runExample('threads')
  expect(lines.toSorted()).toEqual([
    'members: cluster, primary, thread, thread, thread',
    'sums, while this event loop is free: 55, 500500, 5000050000',
    'the change has reached 3 threads',
    'thread of a worker: version 2',
    'thread of the primary: version 2',
    'thread of the primary: version 2',
  ])
})

test('single-process needs no cluster', async () => {
  const lines = await runExample('single-process')
  expect(lines.slice(-2)).toEqual(['orders placed: 2, of tea and milk', 'members: this process'])
})

test('unrelated-processes goes on when the one that hosts is killed', async () => {
  expect(await runExample('unrelated-processes')).toEqual([
    'the office has found the shop at a socket of mode 600',
    expect.stringMatching(/^members: (shop \(primary\), office \(socket\)|office \(socket\), shop \(primary\))$/),
    'the shop was killed',
    'it is back, and the office too; it may have missed something: yes',
    'sold: tea and milk',
  ])
})

test('pm2 has its workers host the broker, killed or reloaded', async () => {
  expect(await runExample('pm2')).toEqual([
    '3 workers have heard that the colour is red; one of them hosts: true',
    'the host was killed; 3 workers have heard green, and another hosts: true',
    'reloaded; 3 workers have heard blue, of which 0 are old',
  ])
}, 120_000)

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
