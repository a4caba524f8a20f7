import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import cluster from 'node:cluster'
import { isDeepStrictEqual } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import type { DoesAsTold } from '../fixtures/does-as-told.ts'
import { joinWorker, joinWorkers, numbersTo } from '../support/members.ts'
import { endWorkers, forkWorker } from '../support/workers.ts'

afterEach(endWorkers)

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  test('workers are served whether they or their bus came before the broker or after it', async () => {
    const busFirst = forkWorker<DoesAsTold>('does-as-told')
    const workerFirst = forkWorker<DoesAsTold>('does-as-told')
    await busFirst.call('open', { name: 'bus first' })
    await busFirst.call('subscribeSoon', 'news')
    await busFirst.call('publish', 'news', 'kept')
    await workerFirst.up

    await using broker = createBroker({ transport })
    await workerFirst.call('open', { name: 'worker first' })
    await workerFirst.call('subscribe', 'news')
    await busFirst.call('ready')
    const brokerFirst = await joinWorker({ name: 'broker first' })
    await brokerFirst.call('publish', 'news', 'for all')

    const names = broker.members().map(({ name }) => name)
    expect(names.sort()).toEqual(['broker first', 'bus first', 'worker first'])
    const own = await busFirst.call('received', 'news', 2)
    expect(own.map(({ data }) => data)).toEqual(['kept', 'for all'])
    expect(await workerFirst.call('received', 'news', 1)).toContainEqual(expect.objectContaining({ data: 'for all' }))
    expect(await brokerFirst.call('members')).toEqual(broker.members())
  })

  test('a killed worker is missed at once, and its successor joins', async () => {
    await using broker = createBroker({ transport })
    await using bus = createBus({ name: 'primary' })
    const [responder, requester] = await joinWorkers('responder', 'requester')
    await responder.call('respondNever', 'slow')
    const left = bus.once('$sys.member.left')
    const joined = bus.once('$sys.member.joined')
    await bus.flush()
    const answered = expect(requester.call('request', 'slow')).rejects.toMatchObject({ code: 'RESPONDER_LOST' })
    await responder.report('the request', (report) => isDeepStrictEqual(report, { asked: 'slow' }))

    expect(await responder.kill()).toEqual({ code: null, signal: 'SIGKILL' })
    await answered
    expect((await left).data).toMatchObject({ name: 'responder', pid: responder.pid, kind: 'cluster' })
    expect((await left).from).toBe(0)
    expect(
      broker
        .members()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['primary', 'requester'])

    const successor = await joinWorker({ name: 'responder' })
    expect((await joined).data).toMatchObject({ name: 'responder', pid: successor.pid, kind: 'cluster' })
    expect((await joined).data.id).toBeGreaterThan((await left).data.id)
    await successor.call('respondWithPid', 'slow')
    expect(await requester.call('request', 'slow')).toBe(successor.pid)
  })

  test('workers that exit or are killed while messages are on their way cost the others nothing', async () => {
    await using broker = createBroker({ transport })
    const [publisher, killed, leaver, stayer] = await joinWorkers('publisher', 'killed', 'leaver', 'stayer')
    const [mine, theirs] = [20_000, 1_000_000]
    for (const worker of [leaver, stayer]) await worker.call('subscribe', 'mine')
    await stayer.call('subscribe', 'theirs')

    const published = publisher.call('publishNumbers', 'mine', 0, mine)
    const unfinished = expect(killed.call('publishNumbers', 'theirs', 0, theirs)).rejects.toThrow('SIGKILL')
    await leaver.call('received', 'mine', 1)
    expect(await leaver.last('exit', 3)).toEqual({ code: 3, signal: null })
    await stayer.call('received', 'theirs', 1)
    await killed.kill()
    await unfinished
    await published

    const seen = await stayer.call('received', 'mine', mine)
    expect(seen.map(({ data }) => data)).toEqual(numbersTo(mine))
    const beforeTheEnd = await stayer.call('received', 'theirs', 1)
    expect(beforeTheEnd.map(({ data }) => data)).toEqual(numbersTo(beforeTheEnd.length))
    expect(broker.stats()).toMatchObject({ members: 2, violated: 0, overflowed: 0 })
  })

  test('workers that disconnect leave, and end by themselves', async () => {
    await using broker = createBroker({ transport })
    await using bus = createBus()
    const [first, second] = await joinWorkers('first', 'second')
    for (const worker of [first, second]) await worker.call('subscribe', 'news')
    const left = bus.once('$sys.member.left')
    await bus.flush()

    first.worker.disconnect()
    expect(await first.exited).toEqual({ code: 0, signal: null })
    expect((await left).data).toMatchObject({ name: 'first' })

    cluster.disconnect()
    expect(await second.exited).toEqual({ code: 0, signal: null })
    await expect.poll(() => broker.members().map(({ kind }) => kind)).toEqual(['primary'])
  })
})
