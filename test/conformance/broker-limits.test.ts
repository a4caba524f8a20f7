import { type Broker, createBroker } from '@clusterbus/broker'
import { type Bus, type BusError, createBus } from '@clusterbus/client'
import { afterEach, beforeEach, expect, test } from 'vitest'

let broker: Broker
let bus: Bus

beforeEach(() => {
  broker = createBroker({ limits: { payloadBytes: 100, subscriptions: 2, pendingRequests: 2, topicNames: 4 } })
  bus = createBus()
})
afterEach(async () => {
  await bus.close()
  await broker.close()
})

test('a broker that takes smaller payloads than the bus bounds what is published', async () => {
  await bus.ready()
  const seen = bus.once('a')
  expect(() => bus.publish('a', new Uint8Array(101))).toThrow(expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }))
  bus.publish('a', new Uint8Array(100))
  expect((await seen).data).toHaveLength(100)
  expect(bus.stats().connects).toBe(1)
})

test('what was kept and turns out too large for the broker is dropped, and told', async () => {
  const told = new Promise<BusError>((resolve) => bus.on('error', resolve))
  const seen: unknown[] = []
  bus.subscribe('a', (data) => void seen.push(data))
  bus.publish('a', 1)
  bus.publish('a', 'x'.repeat(200))
  bus.publish('a', new Uint8Array(200))
  bus.publish('a', 2)
  await bus.flush()
  expect(seen).toEqual([1, 2])
  expect(await told).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', lost: 2, limit: 100 })
})

test('a request that was kept and turns out too large is refused', async () => {
  bus.respond('a', () => 1)
  const [large, small] = [bus.request('a', 'x'.repeat(200)), bus.request('a')]
  await expect(large).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE', limit: 100 })
  expect(await small).toBe(1)
})

test('a subscription that the broker refuses says so, and the others work on', async () => {
  const told = new Promise<BusError>((resolve) => bus.on('error', resolve))
  const seen: unknown[] = []
  const [first, second, third] = ['a', 'b', 'c'].map((topic) => bus.subscribe(topic, (data) => void seen.push(data)))
  await Promise.all([first?.ready, second?.ready])
  await expect(third?.ready).rejects.toMatchObject({
    code: 'QUEUE_FULL',
    message: expect.stringMatching(/^subscribe\("c"\): 2 subscriptions .* limits\.subscriptions of the broker$/),
  })
  await third?.closed
  expect((await told).code).toBe('QUEUE_FULL')
  expect(bus.stats().subscriptions).toBe(2)
  for (const topic of ['a', 'b', 'c']) bus.publish(topic, topic)
  await bus.flush()
  expect(seen).toEqual(['a', 'b'])
})

test('a broker with a place for few topic names routes all others by name', async () => {
  const seen: unknown[] = []
  await bus.subscribe('>', (data) => void seen.push(data)).ready
  for (let number = 0; number < 3_000; number++) bus.publish(`topic.${number % 50}`, number)
  await bus.flush()
  expect(seen).toEqual([...Array(3_000).keys()])
  expect(broker.stats().topics).toBeLessThanOrEqual(4)
})

test('no more requests of one member wait than the broker allows', async () => {
  let answer = (): void => undefined
  const answered = new Promise<void>((resolve) => (answer = resolve))
  await bus.respond('slow', () => answered).ready
  const waiting = [bus.request('slow'), bus.request('slow')]
  await expect(bus.request('slow')).rejects.toMatchObject({ code: 'QUEUE_FULL' })
  answer()
  await Promise.all(waiting)
  expect(broker.stats().pendingRequests).toBe(0)
})
