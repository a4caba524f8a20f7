import { type Broker, createBroker } from '@clusterbus/broker'
import { type Bus, createBus } from '@clusterbus/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { joinWorker, numbersTo, type ToldWorker } from './support/members.ts'
import { endWorkers, forkWorker } from './support/workers.ts'

const words = numbersTo(500).map((number) => String(number).padStart(100, '.'))

const ways = [
  ['early', 'end'],
  ['connected', 'exit'],
  ['connected', 'end'],
  ['connected', 'close'],
  ['connected', 'close and exit'],
  ['early', 'exit'],
  ['early', 'close'],
  ['early', 'close and exit'],
] as const

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  let broker: Broker
  let bus: Bus
  let member: ToldWorker

  beforeAll(async () => {
    broker = createBroker({ transport })
    bus = createBus()
    member = await joinWorker()
  })

  afterAll(async () => {
    await bus.close()
    await broker.close()
    await endWorkers()
  })

  test.each(ways)('what a worker published last arrives: %s, then %s', async (when, end) => {
    const topic = `last-words.${when}-${end.replaceAll(' ', '-')}`
    const heard: unknown[] = []
    bus.subscribe(topic, (word) => heard.push(word))
    await member.call('subscribe', topic)
    const { published } = broker.stats()
    const left = bus.once('$sys.member.left')
    await bus.flush()

    const worker = forkWorker('publishes-last-words', { args: [topic, when, end] })
    if (end !== 'close') expect(await worker.exited).toEqual({ code: 0, signal: null })
    const seen = await member.call('received', topic, words.length)
    expect(seen.map(({ data }) => data)).toEqual(words)
    expect(new Set(seen.map(({ from }) => from)).size).toBe(1)
    expect((await left).data).toMatchObject({ kind: 'cluster', pid: worker.pid })
    await bus.flush()
    expect(heard).toEqual(words)
    expect(await member.call('received', topic, 0)).toHaveLength(words.length)
    expect(broker.stats()).toMatchObject({ violated: 0, published: published + words.length })
  })
})
