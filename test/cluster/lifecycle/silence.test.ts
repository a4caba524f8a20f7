import { createBroker } from '@clusterbus/broker'
import { createBus, type Member } from '@clusterbus/client'
import { afterEach, describe, expect, test } from 'vitest'
import { joinWorkers } from '../support/members.ts'
import { endWorkers } from '../support/workers.ts'

const heartbeatInterval = 100

afterEach(endWorkers)

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  test('a member that is stopped for a moment is suspect, its work goes to others, and it recovers', async () => {
    await using broker = createBroker({ transport, heartbeatInterval, silenceTimeout: 60_000 })
    await using bus = createBus()
    const heard: string[] = []
    const watching = bus.subscribe('$sys.member.*', ({ name }: Member, { topic }) => heard.push(`${topic} ${name}`))
    const [stopped, able] = await joinWorkers('stopped', 'able')
    for (const worker of [stopped, able]) await worker.call('respondWithPid', 'who')
    await watching.ready

    stopped.worker.process.kill('SIGSTOP')
    await expect.poll(() => heard).toContain('$sys.member.suspect stopped')
    const answers = await Promise.all(Array.from({ length: 6 }, () => bus.request('who')))
    stopped.worker.process.kill('SIGCONT')

    expect(new Set(answers)).toEqual(new Set([able.pid]))
    await expect.poll(() => heard).toContain('$sys.member.recovered stopped')
    const later = await Promise.all(Array.from({ length: 6 }, () => bus.request('who')))
    expect(new Set(later)).toEqual(new Set([able.pid, stopped.pid]))
    expect(broker.stats()).toMatchObject({ silenced: 0, members: 3 })
  })

  test('a member that is stopped for long is disconnected, and comes back with all that it subscribed to', async () => {
    await using broker = createBroker({ transport, heartbeatInterval, silenceTimeout: 1_500 })
    const errors: { code: string; message: string; member?: number }[] = []
    broker.on('error', (error) => errors.push(error))
    await using bus = createBus()
    const [stopped, other] = await joinWorkers('stopped', 'other')
    await stopped.call('subscribe', 'news.*')
    const before = (await stopped.call('member'))?.id

    stopped.worker.process.kill('SIGSTOP')
    await expect.poll(() => errors).toHaveLength(1)
    await expect.poll(() => broker.members().map(({ name }) => name)).toEqual([bus.member?.name, 'other'])
    expect(errors).toMatchObject([{ code: 'TIMEOUT', member: before, message: expect.stringContaining('stopped') }])
    stopped.worker.process.kill('SIGCONT')

    expect(await stopped.call('event', 'disconnect')).toMatchObject(['disconnect', 'TIMEOUT', expect.any(String)])
    await stopped.call('event', 'connect', 2)
    await stopped.call('flush')
    bus.publish('news.back', 'hello')
    expect(await stopped.call('receivedCount', 'news.*', 1)).toBe(1)
    expect((await stopped.call('member'))?.id).toBeGreaterThan(before ?? Infinity)
    expect(await other.call('events')).toEqual([['connect', '', '']])
  })

  test('a member whose event loop is blocked is suspect, and disconnected when that lasts', async () => {
    // A broker that is late by two heartbeats itself begins to count anew.
    await using broker = createBroker({ transport, heartbeatInterval: 400, silenceTimeout: 1_500 })
    const errors: { code: string }[] = []
    broker.on('error', (error) => errors.push(error))
    const [blocked] = await joinWorkers('blocked')
    await blocked.call('block', 4_000)
    await expect.poll(() => errors).toMatchObject([{ code: 'TIMEOUT' }])
    expect(await blocked.call('event', 'disconnect')).toMatchObject(['disconnect', 'TIMEOUT', expect.any(String)])
    await blocked.call('event', 'connect', 2)
    expect(broker.stats()).toMatchObject({ silenced: 1, members: 1 })
  })
})
