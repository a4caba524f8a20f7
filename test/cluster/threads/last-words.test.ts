import { type Broker, createBroker } from '@clusterbus/broker'
import { type Bus, createBus } from '@clusterbus/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { numbersTo } from '../support/members.ts'
import { endWorkers, forkWorker } from '../support/workers.ts'
import { endThreads, TestThread } from './support/test-thread.ts'

const words = numbersTo(500).map((number) => String(number).padStart(100, '.'))
const ends = ['exit', 'error', 'end', 'close', 'close and exit'] as const
const ways = (['early', 'connected'] as const).flatMap((when) => ends.map((end) => [when, end] as const))

describe.each(['socket', 'ipc'] as const)('over %s', (transport) => {
  let broker: Broker
  let bus: Bus
  let topics = 0

  beforeAll(() => {
    broker = createBroker({ transport })
    bus = createBus()
  })

  afterAll(async () => {
    await bus.close()
    await endThreads()
    await broker.close()
    await endWorkers()
  })

  /** The first 500 words that are heard on a topic of their own, and what has come by the time that all have left. */
  async function heardOf(start: (topic: string) => { exited: Promise<unknown> }): Promise<unknown[]> {
    const topic = `last-words.${(topics += 1)}`
    const heard: unknown[] = []
    const all = new Promise<void>((resolve) => {
      bus.subscribe(topic, (word) => void (heard.push(word) === words.length && resolve()))
    })
    await bus.flush()
    const { exited } = start(topic)
    await all
    await exited
    await expect.poll(() => broker.members().map(({ name }) => name)).not.toContain('gone')
    await bus.flush()
    return heard
  }

  test.each(ways)('what a thread published last arrives: %s, then %s', async (when, end) => {
    expect(await heardOf((topic) => new TestThread('publishes-last-words', { argv: [topic, when, end] }))).toEqual(
      words,
    )
    expect(broker.stats().violated).toBe(0)
  })

  const inWorker = ways.filter(([, end]) => end !== 'error')
  test.each(inWorker)('so does what a thread of a worker published: %s, then %s', async (when, end) => {
    const args = ['publishes-last-words', 'open']
    expect(await heardOf((topic) => forkWorker('starts-a-thread', { args: [...args, topic, when, end] }))).toEqual(
      words,
    )
  })
})
