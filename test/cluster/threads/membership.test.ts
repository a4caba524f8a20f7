import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { afterEach, describe, expect, test } from 'vitest'
import type { DoesAsTold } from '../fixtures/does-as-told.ts'
import { numbersTo } from '../support/members.ts'
import { endWorkers, forkWorker } from '../support/workers.ts'
import { endThreads, joinThread, TestThread } from './support/test-thread.ts'

afterEach(async () => {
  await endThreads()
  await endWorkers()
})

test.each([{}, { env: {}, execArgv: [] }, { resourceLimits: { maxOldGenerationSizeMb: 64, stackSizeMb: 2 } }])(
  'a thread is a member, whatever it is started with: %j',
  async (options) => {
    await using broker = createBroker()
    await using bus = createBus()
    const thread = await joinThread('one', options)
    const { pid } = process
    expect(await thread.call('member')).toMatchObject({ name: 'one', pid, kind: 'thread' })
    expect(broker.members()).toContainEqual(await thread.call('member'))
    await thread.call('respondWithPid', 'pid')
    expect(await bus.request('pid')).toBe(pid)
    await thread.call('close')
    await thread.call('open')
    await thread.call('ready')
    expect(await thread.call('member')).toMatchObject({ name: `thread-${pid}`, kind: 'thread' })
  },
)

test('a thread that is started in the same turn as the broker waits for it', async () => {
  await using broker = createBroker()
  const thread = await joinThread('one')
  expect(await thread.call('events')).toEqual([['connect', '', '']])
  expect(broker.stats().joined).toBe(1)
})

test('a thread of a thread is a member of the same broker, and so is one of a worker’s thread', async () => {
  await using broker = createBroker()
  const nested = new TestThread('starts-a-thread', { argv: ['does-as-told', 'none'] })
  await nested.call('open', { name: 'nested' })
  await nested.call('ready')
  const worker = forkWorker<DoesAsTold>('starts-a-thread', {
    args: ['starts-a-thread', 'open', 'does-as-told', 'none'],
  })
  await worker.call('open', { name: 'nested in a worker' })
  await worker.call('ready')
  const kinds = broker.members().map(({ name, pid, kind }) => [name, pid, kind])
  expect(kinds).toEqual(
    expect.arrayContaining([
      ['nested', process.pid, 'thread'],
      ['nested in a worker', worker.pid, 'thread'],
    ]),
  )
})

test('fifty threads join at once, and all hear what one of them says', async () => {
  await using broker = createBroker()
  const threads = await Promise.all(numbersTo(50).map((number) => joinThread(String(number))))
  expect(broker.members()).toHaveLength(50)
  await Promise.all(threads.map((thread) => thread.call('subscribe', 'news')))
  await threads[7]?.call('publish', 'news', 'from the eighth')
  for (const seen of await Promise.all(threads.map((thread) => thread.call('received', 'news', 1)))) {
    expect(seen.map(({ data }) => data)).toEqual(['from the eighth'])
  }
  await Promise.all(threads.map((thread) => thread.terminate()))
  await expect.poll(() => broker.members()).toEqual([])
}, 120_000)

describe('a broker that is created after a thread', () => {
  test('is heard of by one whose bus is alone', async () => {
    const thread = new TestThread('starts-early')
    await expect.poll(() => thread.heard).toEqual([{ connected: 'primary' }])
    await using broker = createBroker()
    await expect.poll(() => thread.heard).toEqual([{ connected: 'primary' }, { connected: 'thread' }])
    broker.attach(thread.worker)
    broker.attach(thread.worker)
    thread.worker.postMessage('close')
    expect(await thread.exited).toBe(0)
    broker.attach(thread.worker)
    expect(broker.stats()).toMatchObject({ joined: 1, members: 0 })
  })

  test('is found by one that has no bus yet', async () => {
    const thread = new TestThread('does-as-told')
    await using broker = createBroker()
    await thread.call('open')
    await expect.poll(() => broker.members().map(({ kind }) => kind)).toEqual(['thread'])
  })

  test('is joined again when it follows on another', async () => {
    const first = createBroker()
    const thread = await joinThread('one')
    await thread.call('subscribe', 'news')
    await first.close()
    await thread.call('event', 'disconnect')
    await using broker = createBroker()
    await using bus = createBus()
    await thread.call('event', 'connect', 2)
    // The broker may not have read yet what a bus subscribes to again.
    await thread.call('flush')
    await bus.publish('news', 1, { confirm: 'handled' })
    expect(await thread.call('receivedCount', 'news', 1)).toBe(1)
    expect(broker.stats().joined).toBe(2)
  })
})

test('a thread is let in no further while it is not attached, and is again when it is', async () => {
  await using broker = createBroker()
  const thread = await joinThread('one')
  const detach = broker.attach(thread.worker)
  detach()
  await thread.call('open', { name: 'two', connectTimeout: 300 })
  await thread.call('event', 'error')
  expect(broker.members().map(({ name }) => name)).toEqual(['one'])
  broker.attach(thread.worker)
  await thread.call('open', { name: 'three' })
  await thread.call('ready')
  await expect
    .poll(() =>
      broker
        .members()
        .map(({ name }) => name)
        .toSorted(),
    )
    .toContain('three')
})

test('what is no thread cannot be attached', async () => {
  await using broker = createBroker()
  const attach = (what: unknown): unknown => Reflect.apply(Reflect.get(broker, 'attach'), broker, [what])
  for (const what of [undefined, null, {}, 'worker', 7, process]) {
    expect(() => attach(what)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }))
  }
})

test('a thread without any broker works alone at once, and ends by itself', async () => {
  expect(await new TestThread('works-alone').exited).toBe(0)
})

test('a thread that only subscribes ends by itself', async () => {
  await using broker = createBroker()
  const thread = new TestThread('only-subscribes')
  expect(await thread.exited).toBe(0)
  await expect.poll(() => broker.members()).toEqual([])
})

test('an app hears only its own messages, in the thread and outside', async () => {
  await using broker = createBroker()
  const heard: unknown[] = []
  const listen = (message: unknown): void => void heard.push(message)
  process.on('workerMessage', listen)
  const thread = new TestThread('hears-messages')
  broker.attach(thread.worker)
  await expect.poll(() => broker.stats().published).toBe(1)
  thread.worker.postMessage('task')
  expect(await thread.exited).toBe(0)
  process.off('workerMessage', listen)
  expect(thread.heard).toEqual([{ first: 'task', heard: [] }])
  expect(heard).toEqual([])
})

test('threads of a worker reach the primary while its main thread has no bus any more, or is blocked', async () => {
  await using broker = createBroker()
  await using bus = createBus()
  const worker = forkWorker<DoesAsTold>('starts-a-thread', { args: ['does-as-told', 'closed'] })
  await worker.call('open', { name: 'in a worker' })
  await worker.call('respondWithPid', 'pid')
  worker.tell({ block: 1_000 })
  for (const _ of numbersTo(100)) expect(await bus.request('pid')).toBe(worker.pid)
  expect(broker.members().map(({ kind }) => kind)).toEqual(['primary', 'thread'])
})

test('a thread of a worker whose main thread has no bus works alone, and goes over when that creates one', async () => {
  await using broker = createBroker()
  const worker = forkWorker<DoesAsTold>('starts-a-thread', { args: ['does-as-told', 'none'] })
  await worker.call('open', { name: 'in a worker' })
  await worker.call('ready')
  expect(await worker.call('member')).toMatchObject({ kind: 'primary', pid: worker.pid })
  await worker.call('subscribe', 'news')
  expect(broker.members()).toEqual([])
  worker.tell({ createBus: true })
  await worker.call('event', 'connect', 2)
  expect(await worker.call('member')).toMatchObject({ kind: 'thread', pid: worker.pid })
  await worker.call('flush')
  await using bus = createBus()
  bus.publish('news', 'from the primary')
  expect(await worker.call('received', 'news', 1)).toMatchObject([{ data: 'from the primary' }])
})
