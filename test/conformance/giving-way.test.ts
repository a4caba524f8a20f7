import { createBroker } from '@clusterbus/broker'
import { createBus } from '@clusterbus/client'
import { expect, test } from 'vitest'

test('a bus that lived alone goes over to the broker that the app creates, with its subscriptions', async () => {
  await using bus = createBus({ name: 'first' })
  await using other = createBus()
  const seen: unknown[] = []
  const twoSeen = new Promise<void>((resolve) => {
    bus.subscribe('a', (data) => {
      seen.push(data)
      if (seen.length === 2) resolve()
    })
  })
  bus.respond('b', () => 'answer')
  await Promise.all([bus.ready(), other.ready()])
  other.publish('a', 'alone')
  await other.flush()

  const reconnected = Promise.all([bus, other].map((each) => new Promise((resolve) => each.on('connect', resolve))))
  await using broker = createBroker()
  await reconnected
  await bus.flush()
  other.publish('a', 'together')
  await twoSeen
  expect(seen).toEqual(['alone', 'together'])
  expect(await other.request('b')).toBe('answer')
  expect(broker.members().map(({ name }) => name)).toContain('first')
  expect(bus.stats().connects).toBe(2)
})

test('a bus finds the broker that is created after it in the same turn, and no process has two brokers', async () => {
  await using bus = createBus({ name: 'early' })
  await using broker = createBroker()
  expect(() => createBroker()).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }))
  await bus.ready()
  expect(broker.members()).toEqual([bus.member])
})
