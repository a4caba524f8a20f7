import { type Broker, createBroker, type ListenOptions } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { joinWorker } from '../cluster/support/members.ts'
import { endWorkers } from '../cluster/support/workers.ts'
import { OwnFolder } from './support/own-folder.ts'

const folder = new OwnFolder()
let broker: Broker

beforeEach(() => {
  broker = createBroker()
})
afterEach(async () => {
  await broker.close()
  await endWorkers()
})
afterAll(() => folder.remove())

test('a broker listens at several paths, and leaves nothing when it closes', async () => {
  const [one, two] = [folder.socket(), folder.socket()]
  await Promise.all([broker.listen({ path: one }), broker.listen({ path: two })])
  expect(readdirSync(folder.path)).toHaveLength(4)
  await using bus = createBus({ path: two })
  await bus.ready()
  // In the process of the broker no socket is needed.
  expect(bus.member).toMatchObject({ kind: 'primary', pid: process.pid })
  await broker.close()
  expect(readdirSync(folder.path)).toEqual([])
})

test('a cluster worker that is given a path goes there, and not to its primary', async () => {
  const path = folder.socket()
  await broker.listen({ path })
  const there = await joinWorker({ path })
  const here = await joinWorker()
  expect((await there.call('member'))?.kind).toBe('socket')
  expect((await here.call('member'))?.kind).toBe('cluster')
  await there.call('subscribe', 'news')
  await here.call('publish', 'news', 1)
  expect(await there.call('received', 'news', 1)).toMatchObject([{ data: 1 }])
})

test('what cannot be listened at is refused', async () => {
  const path = folder.socket()
  await broker.listen({ path })
  await expect(broker.listen({ path })).rejects.toMatchObject({
    code: 'NOT_ALLOWED',
    message: expect.stringContaining(`the broker of process ${process.pid} listens at "${path}" already`),
  })
  const listen = (given: ListenOptions): Promise<void> => broker.listen(given)
  for (const options of [undefined, null, 'x', {}, { path: '' }, { path: 'a\0b' }, { path, mode: 0o666 }]) {
    await expect(Reflect.apply(listen, undefined, [options])).rejects.toMatchObject({ code: 'BAD_OPTION' })
  }
  await broker.close()
  await expect(broker.listen({ path })).rejects.toMatchObject({ code: 'CLOSED' })
})

test('a broker that closes while it begins to listen leaves nothing', async () => {
  const listening = broker.listen({ path: folder.socket() })
  await broker.close()
  await expect(listening).rejects.toMatchObject({ code: 'CLOSED' })
  expect(readdirSync(folder.path)).toEqual([])
})

test.each([
  [{ path: 1 }, 'BAD_OPTION'],
  [{ path: '' }, 'BAD_OPTION'],
  [{ path: `/${'x'.repeat(200)}` }, 'NOT_ALLOWED'],
  [{ path: '/a', broker: 'local' }, 'BAD_OPTION'],
  [{ host: 'elect' }, 'BAD_OPTION'],
  [{ path: '/a', host: 'me' }, 'BAD_OPTION'],
])('createBus(%j) is refused', (options, code) => {
  expect(() => Reflect.apply(createBus, undefined, [options])).toThrow(expect.objectContaining({ code }))
})

test('a folder that cannot be looked into any more costs the path, and not the process', async () => {
  const path = join(folder.socket(), 'app.sock')
  const inside = dirname(path)
  mkdirSync(inside, { mode: 0o700 })
  await broker.close()
  await using briefly = createBroker({ heartbeatInterval: 10 })
  await briefly.listen({ path })
  await using bus = createBus({ path })
  await bus.ready()
  const lost = new Promise<Error>((resolve) => briefly.on('error', resolve))
  renameSync(inside, `${inside}.moved`)
  symlinkSync(inside, inside)
  expect(await lost).toMatchObject({ code: 'NOT_ALLOWED', message: expect.stringContaining('cannot be used any more') })
})

test('a folder in which nothing can be made is refused', async () => {
  await expect(broker.listen({ path: '/proc/app.sock' })).rejects.toMatchObject({
    code: 'NOT_ALLOWED',
    message: expect.stringContaining('listen: "/proc/app.sock" cannot be used: '),
  })
})

test('a process may listen at many paths', async () => {
  const paths = Array.from({ length: 12 }, () => folder.socket())
  const before = process.listenerCount('exit')
  for (const path of paths) await broker.listen({ path })
  expect(process.listenerCount('exit')).toBe(before)
  await broker.close()
  expect(process.listenerCount('exit')).toBeLessThanOrEqual(before)
})
