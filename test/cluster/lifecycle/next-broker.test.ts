import { createBroker } from '@clusterbus/broker'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import type { DoesAsTold } from '../fixtures/does-as-told.ts'
import { joinWorkers, numbersTo } from '../support/members.ts'
import { endWorkers, execArgv, fixturePath, forkWorker } from '../support/workers.ts'

afterEach(endWorkers)

const ways = (['socket', 'ipc'] as const).flatMap((transport) =>
  (['close', 'drain'] as const).map((end) => ({ transport, end })),
)

describe.each(ways)('over $transport', ({ transport, end }) => {
  test(`after broker.${end}() the workers go over to the next broker, with what they said meanwhile`, async () => {
    const first = createBroker({ transport })
    const [left, right] = await joinWorkers('left', 'right')
    for (const worker of [left, right]) await worker.call('subscribe', 'number')
    await left.call('publishNumbers', 'number', 0, 1_000)
    await left.call('flush')

    await first[end]()
    expect(first.members()).toEqual([])
    for (const worker of [left, right]) {
      expect(await worker.call('event', 'disconnect')).toMatchObject(['disconnect', 'CLOSED', expect.any(String)])
      expect((await worker.call('stats')).connected).toBe(false)
    }
    await left.call('publishNumbers', 'number', 1_000, 1_000)

    await using second = createBroker({ transport })
    for (const worker of [left, right]) await worker.call('event', 'connect', 2)
    await right.call('publishNumbers', 'number', 2_000, 1_000)

    const seen = await left.call('received', 'number', 3_000)
    expect(seen.map(({ data }) => data)).toEqual(numbersTo(3_000))
    const theOther = await right.call('received', 'number', 2_000)
    expect(theOther.map(({ data }) => data)).toEqual(expect.arrayContaining(numbersTo(1_000)))
    expect(second.members()).toHaveLength(2)
    const events = await left.call('events')
    expect(events.map(([name]) => name)).toEqual(['connect', 'disconnect', 'connect'])
  })
})

test('without a broker ready() rejects, the bus says so, and the broker that comes late is found', async () => {
  const worker = forkWorker<DoesAsTold>('does-as-told')
  await worker.call('open', { connectTimeout: 100 })
  await worker.call('subscribeSoon', 'news')
  await worker.call('publish', 'news', 'kept')
  await expect(worker.call('ready')).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
  expect(await worker.call('event', 'error')).toMatchObject(['error', 'BROKER_UNREACHABLE', expect.any(String)])
  await expect(worker.call('ready')).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
  expect(await worker.call('member')).toBeUndefined()
  expect((await worker.call('stats')).received).toBe(0)

  await using broker = createBroker()
  await worker.call('event', 'connect')
  await worker.call('ready')
  expect(await worker.call('received', 'news', 1)).toMatchObject([{ data: 'kept' }])
  expect(broker.members()).toEqual([await worker.call('member')])
})

test('when the primary is killed its workers exit, as they do without a bus', async () => {
  const primary = spawn(process.execPath, [...execArgv, fixturePath('forks-two-members')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(primary.stdout, 'readable')
  expect(String(primary.stdout.read())).toBe('2 workers have joined\n')
  primary.kill('SIGKILL')
  // The workers hold the other end of this pipe as long as they live.
  expect(await text(primary.stdout)).toBe('')
})
