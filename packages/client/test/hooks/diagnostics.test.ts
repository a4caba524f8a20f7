import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { openBus } from '../support/local-bus.ts'

type Told = Record<string, unknown>

/** All that is told on a channel until the test is over. */
function listen(name: string): Told[] {
  const told: Told[] = []
  const listener = (message: unknown): void => void told.push({ ...Object(message) })
  subscribe(`clusterbus:${name}`, listener)
  onTestFinished(() => void unsubscribe(`clusterbus:${name}`, listener))
  return told
}

const member = expect.objectContaining({ id: expect.any(Number), pid: process.pid })
const emit = process.emit.bind(process)
const durationMs = expect.any(Number)

test('publish tells of each message that a bus took or refused, as the last interceptor passed it on', async () => {
  const told = listen('publish')
  const { bus } = openBus({ schemas: { n: z.number() } })
  await bus.ready()
  bus.use({ publish: (message, next) => next({ ...message, headers: { by: 'me' } }) })
  bus.publish('t', 5)
  await bus.publish('n', 6, { confirm: 'routed' })
  expect(() => bus.publish('n', 'x')).toThrow('not valid')
  const headers = { by: 'me' }
  expect(told).toEqual([
    { member, message: { topic: 't', data: 5, headers }, confirm: undefined },
    { member, message: { topic: 'n', data: 6, headers }, confirm: 'routed' },
    {
      member,
      message: { topic: 'n', data: 'x', headers },
      confirm: undefined,
      error: expect.objectContaining({ code: 'UNENCODABLE' }),
    },
  ])
})

test('deliver tells when a handler is through, with what it threw, and when an iterator was given a message', async () => {
  const told = listen('deliver')
  const { bus } = openBus()
  const failure = new Error('no')
  await bus.subscribe('t.*', async (data) => (data === 2 ? Promise.reject(failure) : data), { group: 'g' }).ready
  const stream = bus.subscribe('i')
  await stream.ready
  for (const data of [1, 2]) await bus.publish('t.x', data, { confirm: 'handled' })
  bus.publish('i', 3)
  for await (const _ of stream) break
  const handler = { member, kind: 'handler', pattern: 't.*', group: 'g', durationMs }
  expect(told).toEqual([
    { ...handler, message: expect.objectContaining({ topic: 't.x', data: 1 }) },
    { ...handler, message: expect.objectContaining({ topic: 't.x', data: 2 }), error: failure },
    {
      ...handler,
      kind: 'iterator',
      pattern: 'i',
      group: undefined,
      message: expect.objectContaining({ topic: 'i', data: 3 }),
    },
  ])
})

test('request and respond tell how each request has ended, on both sides', async () => {
  const [asked, answered, published] = [listen('request'), listen('respond'), listen('publish')]
  const { bus } = openBus()
  bus.respond('half', (n) => {
    if (n % 2 === 1) throw new RangeError('odd')
    return n / 2
  })
  expect(await bus.request('half', 4)).toBe(2)
  await expect(bus.request('half', 5)).rejects.toThrow('odd')
  await expect(bus.request('nobody')).rejects.toMatchObject({ code: 'NO_RESPONDERS' })
  const headers = {}
  expect(asked).toEqual([
    { member, message: { topic: 'half', data: 4, headers }, durationMs, reply: 2 },
    {
      member,
      message: { topic: 'half', data: 5, headers },
      durationMs,
      error: expect.objectContaining({ code: 'REMOTE_ERROR' }),
    },
    {
      member,
      message: { topic: 'nobody', data: undefined, headers },
      durationMs,
      error: expect.objectContaining({ code: 'NO_RESPONDERS' }),
    },
  ])
  const responder = { member, kind: 'responder', pattern: 'half', group: undefined, durationMs }
  expect(answered).toEqual([
    { ...responder, message: expect.objectContaining({ data: 4 }), reply: 2 },
    { ...responder, message: expect.objectContaining({ data: 5 }), error: new RangeError('odd') },
  ])
  expect(published).toEqual([])
})

test('a subscriber that throws breaks nothing: Node reports it, and no call and no message is concerned', async () => {
  const reported: unknown[] = []
  vi.spyOn(process, 'emit').mockImplementation(function (
    this: NodeJS.Process,
    name: string | symbol,
    ...args: unknown[]
  ) {
    if (name !== 'uncaughtException') return Reflect.apply(emit, undefined, [name, ...args])
    reported.push(args[0])
    return true
  })
  onTestFinished(() => void vi.restoreAllMocks())
  const failure = new Error('broken subscriber')
  const fail = (): never => {
    throw failure
  }
  const names = ['publish', 'deliver', 'request', 'respond']
  for (const name of names) subscribe(`clusterbus:${name}`, fail)
  onTestFinished(() => names.forEach((name) => unsubscribe(`clusterbus:${name}`, fail)))
  const { bus, errors } = openBus()
  const heard: unknown[] = []
  await bus.subscribe('t', (data) => void heard.push(data)).ready
  bus.respond('ask', () => 'answer')
  expect(await bus.publish('t', 1, { confirm: 'handled' })).toMatchObject({ delivered: 1 })
  expect(await bus.request('ask')).toBe('answer')
  await vi.waitFor(() => expect(reported).toEqual([failure, failure, failure, failure]))
  expect({ heard, errors }).toEqual({ heard: [1], errors: [] })
})
