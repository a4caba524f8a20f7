import { type Broker, createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { type ChildProcess, spawn } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import type { DoesAsTold } from '../cluster/fixtures/does-as-told.ts'
import { endWorkers, forkWorker, startChild } from '../cluster/support/workers.ts'

afterEach(endWorkers)

const attachAnything = (broker: Broker, child: unknown): void => void broker.attach(child as ChildProcess)

const ways = (['socket', 'ipc'] as const).flatMap((transport) =>
  (['json', 'advanced'] as const).flatMap((serialization) =>
    (['fork', 'spawn'] as const).map((by) => ({ transport, serialization, by })),
  ),
)

describe.each(ways)('over $transport, $serialization, by $by', ({ transport, serialization, by }) => {
  test('an attached child is a member beside all others, until it ends by itself', async () => {
    await using broker = createBroker({ transport })
    await using bus = createBus()
    const child = startChild<DoesAsTold>('does-as-told', { by, serialization })
    broker.attach(child.child)
    await child.call('open', { name: 'the child' })
    await child.call('subscribe', 'news')
    await bus.subscribe('answer', () => undefined).ready
    expect(await child.call('member')).toMatchObject({ name: 'the child', pid: child.pid, kind: 'fork' })
    expect(broker.members()).toEqual(expect.arrayContaining([await child.call('member'), bus.member]))

    bus.publish('news', 'from the parent')
    expect(await child.call('received', 'news', 1)).toMatchObject([{ data: 'from the parent' }])
    const heard = bus.once('back')
    await bus.flush()
    await child.call('publish', 'back', 'from the child')
    expect((await heard).data).toBe('from the child')

    const left = bus.once('$sys.member.left')
    await bus.flush()
    expect(await child.last('exit', 3)).toEqual({ code: 3, signal: null })
    expect((await left).data).toMatchObject({ name: 'the child' })
  })
})

test('what attach is given is checked, and says what to do', async () => {
  await using broker = createBroker()
  const silent = spawn(process.execPath, ['--eval', ''], { stdio: 'ignore' })
  expect(() => broker.attach(silent)).toThrow(
    expect.objectContaining({
      code: 'BAD_OPTION',
      message: `attach: the child ${silent.pid} has no IPC channel; start it with fork(), or add 'ipc' to the stdio of spawn()`,
    }),
  )
  for (const child of [undefined, null, 7, 'child', {}, process, cluster, Object.create(null)]) {
    expect(() => attachAnything(broker, child)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }))
  }
  const { worker } = forkWorker('does-as-told')
  for (const each of [worker, worker.process]) {
    expect(() => attachAnything(broker, each)).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }))
  }
  await once(silent, 'exit')
})

test('a child that has not started, or has exited, is nothing to serve, and no error', async () => {
  await using broker = createBroker()
  const missing = spawn('/nonexistent/program', [], { stdio: ['ipc'] })
  broker.attach(missing)()
  expect(await once(missing, 'error')).toMatchObject([{ code: 'ENOENT' }])
  broker.attach(missing)

  const child = startChild<DoesAsTold>('does-as-told')
  await child.last('exit', 0)
  broker.attach(child.child)()
  expect(broker.members()).toEqual([])
})

test('attached twice is attached once, a closed broker attaches nobody, and neither leaves a listener', async () => {
  const child = startChild<DoesAsTold>('does-as-told')
  await child.up
  const before = listenersOf(child.child)
  const broker = createBroker()
  const detach = broker.attach(child.child)
  expect(broker.attach(child.child)).toBe(detach)
  await broker.ready()
  expect(listenersOf(child.child)).toMatchObject({ internalMessage: (before['internalMessage'] ?? 0) + 1 })
  await broker.close()
  expect(listenersOf(child.child)).toEqual(before)
  detach()
  expect(() => broker.attach(child.child)).toThrow(expect.objectContaining({ code: 'CLOSED' }))

  const early = createBroker()
  early.attach(child.child)
  // Before its socket is open.
  await early.close()
  expect(listenersOf(child.child)).toEqual(before)
})

test('a child that is let go of keeps the buses that it has, and gets no more', async () => {
  await using broker = createBroker()
  const child = startChild<DoesAsTold>('does-as-told')
  const detach = broker.attach(child.child)
  await child.call('open', { name: 'first' })
  await child.call('ready')
  detach()
  detach()
  await child.call('flush')
  await child.call('open', { name: 'second', connectTimeout: 100 })
  await expect(child.call('ready')).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
  expect(broker.members().map(({ name }) => name)).toEqual(['first'])
  broker.attach(child.child)
  await child.call('event', 'connect', 2)
  expect(broker.members().map(({ name }) => name)).toEqual(['first', 'second'])
})

function listenersOf(child: NodeJS.EventEmitter): Record<string, number> {
  return Object.fromEntries(child.eventNames().map((name) => [String(name), child.listenerCount(name)]))
}
