import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { afterEach, describe, expect, test } from 'vitest'
import type { DoesAsTold } from '../cluster/fixtures/does-as-told.ts'
import { endWorkers, forkWorker, startChild, type TestProcess } from '../cluster/support/workers.ts'

afterEach(endWorkers)

/** An environment in which nothing tells of a broker. */
const bare = { PATH: process.env['PATH'] ?? '' }

test('a child of a process without a broker works alone at once, and ends by itself', async () => {
  const child = startChild('tells-where-it-is')
  expect(await child.exited).toEqual({ code: 0, signal: null })
  expect(child.stdout).toBe('primary\n')
  expect(child.stderr).toBe('')
})

test('a child that is never attached is told so, and never works alone', async () => {
  await using broker = createBroker()
  const child = startChild('tells-where-it-is', { args: ['300'] })
  await child.exited
  expect(child.stdout).toBe(
    'BusError: no broker answered within 300 ms; call broker.attach(child) in the process that has started this one, or raise connectTimeout\n',
  )
  expect(broker.stats().joined).toBe(0)
})

test.each(['socket', 'ipc'] as const)('a child with nothing but a bus ends by itself, over %s', async (transport) => {
  await using broker = createBroker({ transport })
  const child = startChild('tells-where-it-is')
  broker.attach(child.child)
  expect(await child.exited).toEqual({ code: 0, signal: null })
  expect(child.stdout).toBe('fork\n')
})

test('what a child says before it is attached is kept for its parent', async () => {
  const broker = createBroker()
  await using bus = createBus()
  const child = startChild<DoesAsTold>('does-as-told')
  await child.call('open')
  await child.call('subscribeSoon', 'news')
  await child.call('publish', 'news', 'early')
  expect(await child.call('member')).toBeUndefined()
  const heard = bus.once('news')
  await bus.flush()
  broker.attach(child.child)
  expect((await heard).data).toBe('early')
  expect(await child.call('received', 'news', 1)).toMatchObject([{ data: 'early' }])

  // The next broker has to be given the child again; until then the bus keeps what it has to say.
  await broker.close()
  await child.call('event', 'disconnect')
  await child.call('publish', 'news', 'kept')
  await using next = createBroker()
  next.attach(child.child)
  expect(await child.call('received', 'news', 2)).toMatchObject([{ data: 'early' }, { data: 'kept' }])
  expect(next.members()).toContainEqual(await child.call('member'))
})

describe.each([
  ['was replaced', bare],
  ['was inherited before there was a broker', undefined],
])('a child whose environment %s', (_, env) => {
  const start = (): TestProcess<DoesAsTold> => startChild('does-as-told', env === undefined ? {} : { env })

  test('works alone until it is attached, and goes over with all its buses and subscriptions', async () => {
    const child = start()
    await child.call('open', { name: 'child' })
    await child.call('subscribe', 'news')
    await child.call('publish', 'news', 'alone')
    await child.call('received', 'news', 1)
    expect(await child.call('member')).toMatchObject({ kind: 'primary', pid: child.pid })

    await using broker = createBroker()
    await using bus = createBus()
    broker.attach(child.child)
    await child.call('event', 'connect', 2)
    expect(broker.members()).toContainEqual(await child.call('member'))
    bus.publish('news', 'together')
    expect(await child.call('received', 'news', 2)).toMatchObject([{ data: 'alone' }, { data: 'together' }])
    // From here on its parent is known to have a broker, whoever asks.
    await child.call('open', { name: 'later' })
    await child.call('ready')
    expect(await child.call('member')).toMatchObject({ kind: 'fork' })
  })

  test('finds its broker also when it was attached before it listened', async () => {
    const child = start()
    await using broker = createBroker()
    await using bus = createBus()
    broker.attach(child.child)
    await broker.ready()
    await child.call('open', { name: 'child' })
    await expect.poll(() => broker.members().map(({ name }) => name)).toContain('child')
    const heard = bus.once('news')
    await bus.flush()
    await child.call('publish', 'news', 1)
    expect((await heard).data).toBe(1)
  })

  test('waits for its parent when it is told to', async () => {
    const child = start()
    await child.call('open', { broker: 'parent', connectTimeout: 100 })
    await child.call('publish', 'news', 'kept')
    await expect(child.call('ready')).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
    await using broker = createBroker()
    await using bus = createBus()
    const heard = bus.once('news')
    await bus.flush()
    broker.attach(child.child)
    expect((await heard).data).toBe('kept')
  })
})

test('broker: parent needs a parent', () => {
  expect(() => createBus({ broker: 'uncle' as 'parent' })).toThrow(/must be 'auto', 'local' or 'parent'/)
  const send: unknown = Reflect.get(process, 'send')
  try {
    Reflect.deleteProperty(process, 'send')
    expect(() => createBus({ broker: 'parent' })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringMatching(/no IPC channel.*fork\(\)/) }),
    )
  } finally {
    Reflect.set(process, 'send', send)
  }
})

test('a bus of a child may be kept to the child', async () => {
  await using broker = createBroker()
  const child = startChild<DoesAsTold>('does-as-told')
  broker.attach(child.child)
  await child.call('open', { broker: 'local' })
  await child.call('ready')
  expect(await child.call('member')).toMatchObject({ kind: 'primary' })
  await child.call('open', {})
  await child.call('ready')
  expect(await child.call('member')).toMatchObject({ kind: 'fork' })
  expect(broker.members()).toHaveLength(1)
})

test('a child of a cluster worker belongs to that worker, and not to the primary', async () => {
  await using broker = createBroker()
  const worker = forkWorker('forks-a-child')
  await worker.exited
  expect(worker.stdout.split('\n').toSorted()).toEqual([
    '',
    'child with a broker of its own: fork',
    'child without: primary',
  ])
  expect(broker.members()).toEqual([])
})

test.each(['socket', 'ipc'])(
  'a child outlives a parent that is killed, and says what it lacks: %s',
  async (transport) => {
    const parent = startChild('outlives-its-parent', { args: [transport], env: bare })
    await expect.poll(() => parent.stdout).toBe('joined fork\n')
    const ended = new Promise((resolve) => parent.child.stdout?.once('close', resolve))
    await parent.kill()
    // The child holds the other end of this pipe as long as it lives.
    await ended
    expect(parent.stdout).toBe('joined fork\ndisconnect DISCONNECTED\nerror BROKER_UNREACHABLE\n')
  },
)

test('a bus over the socket outlives the IPC channel, and one over the channel does not', async () => {
  for (const transport of ['socket', 'ipc'] as const) {
    await using broker = createBroker({ transport })
    await using bus = createBus()
    const child = startChild('echoes', { args: [transport] })
    broker.attach(child.child)
    await child.report('that it is ready', (report) => report === 'ready')
    const left = bus.once('$sys.member.left')
    await bus.flush()
    child.child.disconnect()
    if (transport === 'socket') {
      expect(await bus.request('echo', 'still here')).toBe('still here')
      await bus.request('end')
    }
    expect((await left).data).toMatchObject({ pid: child.pid, kind: 'fork' })
    expect(await child.exited).toEqual({ code: 0, signal: null })
  }
})
