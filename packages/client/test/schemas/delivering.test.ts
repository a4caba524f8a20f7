import { expect, test } from 'vitest'
import { z } from 'zod'
import { openBus as open } from '../support/local-bus.ts'

const schemas = { 'n.*': z.object({ n: z.coerce.number() }) }

test('what arrives goes through its schema, once for all subscriptions', async () => {
  const { bus: publisher } = open()
  const { bus, errors } = open({ schemas, validate: 'deliver' })
  const heard: unknown[] = []
  await bus.subscribe('n.a', (data) => void heard.push(data)).ready
  await bus.subscribe('n.>', (data) => void heard.push(data)).ready
  await publisher.publish('n.a', { n: '5' }, { confirm: 'handled' })
  expect(heard).toEqual([{ n: 5 }, { n: 5 }])
  expect(heard[0]).toBe(heard[1])
  expect(errors).toEqual([])
})

test('what its schema refuses is reported and counted, and not handed over', async () => {
  const { bus: publisher } = open()
  const { bus, errors } = open({ schemas, validate: 'deliver' })
  const heard: unknown[] = []
  await bus.subscribe('n.*', (data) => void heard.push(data)).ready
  const { failed } = await publisher.publish('n.a', { n: 'x' }, { confirm: 'handled' })
  const { delivered } = await publisher.publish('n.a', { n: 6 }, { confirm: 'handled' })
  expect({ failed, delivered, heard }).toEqual({ failed: 1, delivered: 1, heard: [{ n: 6 }] })
  expect(errors).toEqual([
    expect.objectContaining({ code: 'UNDECODABLE', topic: 'n.a', issues: [expect.objectContaining({ path: ['n'] })] }),
  ])
  expect(errors[0]?.message).toMatch(/^a message on "n\.a": the data is not valid: its schema refuses it: "n" /)
  expect(bus.stats()).toMatchObject({ undecodable: 1, received: 1 })
})

test('a request that arrives with what its schema refuses is not answered', async () => {
  const { bus: requester } = open()
  const { bus } = open({ schemas, validate: 'deliver' })
  let asked = 0
  await bus.respond('n.a', () => (asked += 1)).ready
  await expect(requester.request('n.a', { n: 'x' })).rejects.toMatchObject({ code: 'UNDECODABLE' })
  await expect(requester.request('n.a', { n: '1' })).resolves.toBe(1)
})

test('an answer that arrives goes through its schema, and the request fails where that refuses it', async () => {
  const { bus: responder } = open()
  const { bus } = open({ schemas: { ask: { reply: z.object({ n: z.coerce.number() }) } }, validate: 'deliver' })
  await responder.respond('ask', (n) => ({ n })).ready
  await expect(bus.request('ask', '7')).resolves.toEqual({ n: 7 })
  await expect(bus.request('ask', 'x')).rejects.toMatchObject({
    code: 'UNDECODABLE',
    issues: [expect.objectContaining({ path: ['n'] })],
  })
})

test('with both, data goes through its schema on both sides', async () => {
  const seen: unknown[] = []
  const counting = z.number().transform((n) => {
    seen.push(n)
    return n + 1
  })
  const { bus } = open({ schemas: { t: counting }, validate: 'both' })
  const next = bus.once('t')
  bus.publish('t', 1)
  expect((await next).data).toBe(3)
  expect(seen).toEqual([1, 2])
})

test('with deliver, the publisher is not held up', async () => {
  const { bus, errors } = open({ schemas, validate: 'deliver' })
  await bus.subscribe('n.a', () => undefined).ready
  expect(bus.publish('n.a', 'x')).toBe(true)
  await bus.drain()
  expect(errors.map(({ code }) => code)).toEqual(['UNDECODABLE'])
})
