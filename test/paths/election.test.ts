// Buses load it when they need one, and from sources that takes too long on a busy machine.
import '@clusterbus/broker/local'
import { createBus } from '@clusterbus/client'
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { joinWorker, type ToldWorker } from '../cluster/support/members.ts'
import { endWorkers } from '../cluster/support/workers.ts'
import { hostOf } from './support/host-of.ts'
import { OwnFolder } from './support/own-folder.ts'

const folder = new OwnFolder()
afterEach(endWorkers)
afterAll(() => folder.remove())

/** Workers that elect a host among them, the host first. */
async function elected(path: string, count: number): Promise<[ToldWorker, ...ToldWorker[]]> {
  const workers = await Promise.all(Array.from({ length: count }, () => joinWorker({ path, host: 'elect' })))
  const host = workers.find(({ pid }) => pid === hostOf(path))
  if (host === undefined) throw new Error('none of them hosts')
  return [host, ...workers.filter((worker) => worker !== host)]
}

test('one of the workers hosts, and all hear each other', async () => {
  const path = folder.socket()
  const workers = await elected(path, 3)
  for (const worker of workers) await worker.call('subscribe', 'news')
  for (const worker of workers) await worker.call('publish', 'news', worker.pid)
  for (const worker of workers) {
    const seen = await worker.call('received', 'news', 3)
    expect(new Set(seen.map(({ data }) => data))).toEqual(new Set(workers.map(({ pid }) => pid)))
  }
  const members = await workers[0].call('members')
  expect(members.map(({ kind }) => kind)).toEqual(['socket', 'socket', 'socket'])
  expect(new Set(members.map(({ pid }) => pid))).toEqual(new Set(workers.map(({ pid }) => pid)))
})

test('when the host is killed another takes over, and the others are told that they may have missed something', async () => {
  const path = folder.socket()
  const [host, left, right] = await elected(path, 3)
  if (left === undefined || right === undefined) throw new Error('too few')
  await left.call('subscribe', 'news')
  await host.kill()
  expect(await left.call('event', 'disconnect')).toMatchObject(['disconnect', 'DISCONNECTED', expect.any(String)])
  expect(await left.call('event', 'connect', 2)).toEqual(['connect', 'gap', ''])
  // It had subscribed to nothing, so it has missed nothing.
  expect(await right.call('event', 'connect', 2)).toEqual(['connect', '', ''])
  await left.call('flush')
  await right.call('publish', 'news', 'after')
  expect(await left.call('received', 'news', 1)).toMatchObject([{ data: 'after' }])
  expect([left.pid, right.pid]).toContain(hostOf(path))
})

test('a host that drains hands over, and what others have kept arrives', async () => {
  const path = folder.socket()
  const [host, left, right] = await elected(path, 3)
  if (left === undefined || right === undefined) throw new Error('too few')
  await left.call('subscribe', 'number')
  await host.call('publishNumbers', 'number', 0, 500)
  await host.call('drain')
  await right.call('publishNumbers', 'number', 500, 500)
  await right.call('flush')
  await left.call('event', 'connect', 2)
  await right.call('event', 'connect', 2)
  await left.call('flush')
  // What is published after both are back is certain to arrive; of what was before, nothing twice and all in order.
  await right.call('publishNumbers', 'number', 1_000, 500)
  await left.call('account', 'number', 1_499)
  const numbers = (await left.call('received', 'number', 1_000)).map(({ data }) => Number(data))
  expect(numbers.slice(0, 500)).toEqual(Array.from({ length: 500 }, (_, index) => index))
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  expect(numbers.slice(-500)[0]).toBe(1_000)
  expect([left.pid, right.pid]).toContain(hostOf(path))
})

test('a process hosts until the last of its buses that would have it so has closed, and leaves nothing', async () => {
  const path = folder.socket()
  const [first, second] = [createBus({ path, host: 'elect' }), createBus({ path, host: 'elect' })]
  await Promise.all([first.ready(), second.ready()])
  expect(hostOf(path)).toBe(process.pid)
  await first.close()
  expect(hostOf(path)).toBe(process.pid)
  await second.drain()
  await second.close()
  expect(leftAt(path)).toEqual([])
})

test('a bus that closes before it has found or hosted a broker leaves none', async () => {
  for (let turns = 0; turns < 12; turns++) {
    const path = folder.socket()
    const bus = createBus({ path, host: 'elect' })
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
    await bus.close()
    expect(leftAt(path)).toEqual([])
  }
})

test('a host that is stopped is replaced, and finds out when it runs again', async () => {
  const path = folder.socket()
  const stopped = await joinWorker({ broker: 'local' })
  // Long enough that a busy machine is not taken for a stopped process.
  await stopped.call('listen', path, { heartbeatInterval: 200, silenceTimeout: 2_500 })
  const left = await joinWorker({ path, host: 'elect' })
  const right = await joinWorker({ path, host: 'elect' })
  const plain = await joinWorker({ path })
  await plain.call('subscribe', 'news')
  expect(hostOf(path)).toBe(stopped.pid)

  process.kill(stopped.pid, 'SIGSTOP')
  for (const worker of [left, right, plain]) await worker.call('event', 'connect', 2)
  // The new host may not have read yet what a bus subscribes to again.
  await plain.call('flush')
  expect([left.pid, right.pid]).toContain(hostOf(path))
  await right.call('publish', 'news', 'without it')
  expect(await plain.call('received', 'news', 1)).toMatchObject([{ data: 'without it' }])

  process.kill(stopped.pid, 'SIGCONT')
  expect(await stopped.call('event', 'broker error')).toMatchObject([
    'broker error',
    'NOT_ALLOWED',
    expect.stringContaining('has been taken over by another broker'),
  ])
  expect([left.pid, right.pid]).toContain(hostOf(path))
  await left.call('publish', 'news', 'still')
  expect(await plain.call('received', 'news', 2)).toMatchObject([{ data: 'without it' }, { data: 'still' }])
})

function leftAt(path: string): string[] {
  const ours = [basename(path), `${basename(path)}.broker`]
  return readdirSync(folder.path).filter((name) => ours.includes(name) || name.startsWith('.cb-'))
}
