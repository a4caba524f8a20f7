import { type Authorize, type Broker, createBroker } from '@clusterbus/broker'
import { type Bus, type BusError, createBus } from '@clusterbus/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Speaks } from './fixtures/support/speak.ts'
import { joinWorkers } from './support/members.ts'
import { endWorkers, forkWorker } from './support/workers.ts'

const notAllowed = { code: 'NOT_ALLOWED' }

/** Guests may do with `open.>` what they like; all others may do everything. */
const authorize: Authorize = ({ name }, action, topic) => {
  asked.push(`${name} ${action} ${topic}`)
  return !guests.has(name) || topic.startsWith('open.')
}

let guests: Set<string>
let asked: string[]
let broker: Broker
let bus: Bus

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  beforeEach(async () => {
    asked = []
    guests = new Set(['guest'])
    broker = createBroker({ transport, authorize })
    bus = createBus({ name: 'primary' })
    await bus.ready()
  })

  afterEach(async () => {
    await bus.close()
    await broker.close()
    await endWorkers()
  })

  test('what a worker may not do fails where it was called, and what it may goes on', async () => {
    const [guest, member] = await joinWorkers('guest', 'member')
    await member.call('subscribe', '>')
    await member.call('respondWithPid', 'staff.pid')
    await member.call('respondWithPid', 'open.pid')

    await expect(guest.call('subscribe', '>')).rejects.toMatchObject(notAllowed)
    await expect(guest.call('respondWithPid', 'staff.pid')).rejects.toMatchObject(notAllowed)
    await expect(guest.call('request', 'staff.pid')).rejects.toMatchObject(notAllowed)
    await expect(guest.call('confirm', 'staff.news', 1, { confirm: 'handled' })).rejects.toMatchObject(notAllowed)
    expect(await guest.call('request', 'open.pid')).toBe(member.pid)

    for (let turn = 0; turn < 3; turn += 1) await guest.call('publish', 'open.news', turn)
    // Nobody knows at the first; when the broker has said so, everybody does.
    expect(await guest.call('publish', 'staff.news', 'forged')).toBe(true)
    await guest.call('flush')
    await expect(guest.call('publish', 'staff.news', 'again')).rejects.toMatchObject(notAllowed)
    await guest.call('publish', 'open.news', 3)

    const heard = await member.call('received', '>', 4)
    expect(heard.map(({ topic, data }) => `${topic} ${String(data)}`)).toEqual(
      [0, 1, 2, 3].map((n) => `open.news ${n}`),
    )
    const codes = (await guest.call('events')).filter(([name]) => name === 'error').map(([, code]) => code)
    // Two registrations that were refused, and the first message.
    expect(codes).toEqual(['NOT_ALLOWED', 'NOT_ALLOWED', 'NOT_ALLOWED'])
    expect(await guest.call('stats')).toMatchObject({ connects: 1, refused: 2 })
    expect(broker.stats()).toMatchObject({ refused: 2, published: 4, violated: 0 })
    const questions = asked.filter((line) => line.startsWith('guest'))
    expect(new Set(questions).size).toBe(questions.length)
  })

  test('the bus of the primary asks too, and hears of members all the same', async () => {
    await bus.close()
    bus = createBus({ name: 'guest' })
    const errors: BusError[] = []
    bus.on('error', (error) => errors.push(error))
    await bus.subscribe('$sys.>', () => undefined).ready
    expect(await bus.members()).toMatchObject([{ name: 'guest', kind: 'primary' }])
    await expect(bus.subscribe('staff.*', () => undefined).ready).rejects.toMatchObject(notAllowed)
    await expect(bus.once('staff.news')).rejects.toMatchObject(notAllowed)
    const cache = bus.holdCache('staff', {}, { evict: () => undefined, reset: () => undefined })
    await expect(cache.ready).rejects.toMatchObject(notAllowed)
    await expect(cache.invalidate([{ kind: 'all', text: '' }])).rejects.toMatchObject(notAllowed)
    await expect(cache.claim('k')).rejects.toMatchObject(notAllowed)
    cache.close()
    await bus.flush()
    expect(errors.map(({ code }) => code)).toEqual(errors.map(() => 'NOT_ALLOWED'))
  })

  test('a worker of version 1 is refused as well, and hears of it by what it knows', async () => {
    const worker = forkWorker<Speaks>('speaks-version-1')
    guests.add(`cluster-${worker.pid}`)
    await worker.call('ready')
    const heard: unknown[] = []
    await bus.subscribe('>', (data) => heard.push(data)).ready
    await worker.call('publish', 'staff.news', 'forged', 'again')
    await worker.call('publish', 'open.news', 1, 2)
    await bus.flush()
    expect(heard).toEqual([1, 2])
    await expect(worker.call('confirm', 'staff.news', 1, 'routed')).rejects.toMatchObject(notAllowed)
    await expect(worker.call('request', 'staff.pid', 1)).rejects.toMatchObject(notAllowed)
    expect(await worker.call('errors')).toEqual([])
    await expect(worker.call('subscribe', 'staff.*')).rejects.toMatchObject(notAllowed)
    await expect(worker.call('hold', 'staff')).rejects.toMatchObject(notAllowed)
    expect(await worker.call('connects')).toBe(1)
    expect(broker.stats().refused).toBe(3)
  })
})
