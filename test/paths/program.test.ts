import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { readdirSync } from 'node:fs'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { hostOf } from './support/host-of.ts'
import { OwnFolder } from './support/own-folder.ts'
import { EndedEarly, Program } from './support/program.ts'

const folder = new OwnFolder()
afterAll(() => folder.remove())

test('clusterbus-broker serves whoever knows the path, and leaves nothing when it is asked to end', async () => {
  const path = folder.socket()
  await using program = new Program('--path', path, '--limit', 'payloadBytes=10', '--stall-timeout', '500')
  await program.listening()
  expect(program.stdout).toContain(`process ${program.pid} listens at ${path}`)
  await using bus = createBus({ path })
  const closed = new Promise((resolve) => bus.on('disconnect', ({ code }) => resolve(code)))
  await bus.ready()
  expect(bus.member).toMatchObject({ kind: 'socket', pid: process.pid, name: `socket-${process.pid}` })
  expect(() => bus.publish('a', 'more than ten bytes')).toThrow(expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }))
  expect(await program.end('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(await closed).toBe('CLOSED')
  expect([program.stderr, readdirSync(folder.path)]).toEqual(['', []])
})

test.each([false, true])(
  'told to end while it claims its path, it leaves nothing, also where it follows on one that was killed: %s',
  async (follows) => {
    const own = new OwnFolder()
    onTestFinished(() => own.remove())
    const path = own.socket()
    if (follows) {
      await using former = new Program('--path', path)
      await former.listening()
    }
    await using program = new EndedEarly('--path', path)
    expect(await program.exited).toEqual({ code: 0, signal: null })
    expect(program.stderr).toBe('')
    expect(readdirSync(own.path).filter((name) => !follows || name.startsWith('.cb-'))).toEqual([])
  },
)

test('where another broker listens it says whose that is, and the other goes on', async () => {
  const path = folder.socket()
  await using first = new Program('--path', path)
  await first.listening()
  await using second = new Program('--path', path)
  expect(await second.exited).toEqual({ code: 1, signal: null })
  expect(second.stderr).toContain(`the broker of process ${first.pid} listens at "${path}" already`)
  expect(hostOf(path)).toBe(first.pid)
  await using bus = createBus({ path })
  await bus.ready()
  await first.end('SIGTERM')
})

test('a bus goes over to the broker that follows on one that was killed, and keeps for it what it is told meanwhile', async () => {
  const path = folder.socket()
  const first = new Program('--path', path)
  await first.listening()
  // Whoever waits for a process to start is not to be told that nobody answers.
  await using bus = createBus({ path, connectTimeout: 45_000 })
  const seen: unknown[] = []
  await bus.subscribe('kept', (data) => seen.push(data)).ready
  const lost = new Promise((resolve) => bus.on('disconnect', resolve))
  await first.end('SIGKILL')
  await lost
  bus.publish('kept', 1)
  const again = new Promise((resolve) => bus.on('connect', (_, rejoined) => resolve(rejoined)))
  await using second = new Program('--path', path)
  await second.listening()
  expect(await again).toEqual({ reconnected: true, gap: true })
  await bus.flush()
  expect(seen).toEqual([1])
  await second.end('SIGTERM')
})

test('without a broker a bus says where it has looked, and what it has found', async () => {
  const path = folder.socket()
  await using bus = createBus({ path, connectTimeout: 500 })
  const told = new Promise<Error>((resolve) => bus.on('error', resolve))
  await expect(bus.ready()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
  expect((await told).message).toMatch(
    /^no broker answered within 500 ms; at ".*sock" there is no broker; start one there/,
  )
  await using broker = createBroker()
  const connected = new Promise((resolve) => bus.on('connect', resolve))
  await broker.listen({ path })
  await connected
})

test.each([
  [['--help'], 0, 'SIGTERM and SIGINT end it', ''],
  [[], 2, '', '--path is missing'],
  [['--pth', 'x'], 2, '', "Unknown option '--pth'"],
  [['--path', 'x', '--stall-timeout', '-1'], 2, '', 'stall-timeout'],
  [['--path', 'x', '--stall-timeout', '1s'], 2, '', '--stall-timeout must be a whole number, not "1s"'],
  [['--path', 'x', '--overflow', 'drop'], 2, '', '--overflow must be block, drop-oldest, drop-newest, disconnect'],
  [['--path', 'x', '--limit', 'payloadBytes'], 2, '', '--limit must be NAME=NUMBER'],
  [['--path', 'x', '--limit', 'nonesuch=1'], 2, '', 'limits.nonesuch is not a limit'],
  [['--path', `/${'x'.repeat(200)}`], 1, '', "over the system's limit"],
])('told %j it ends with %d', async (args, code, stdout, stderr) => {
  await using program = new Program(...args)
  expect(await program.exited).toEqual({ code, signal: null })
  expect(program.stdout).toContain(stdout)
  expect(program.stderr).toContain(stderr)
})
