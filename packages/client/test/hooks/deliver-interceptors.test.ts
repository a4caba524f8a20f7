import { expect, test } from 'vitest'
import type { Bus, Interceptor, Subscription, SubscriptionStream } from '../../src/index.ts'
import { openBus } from '../support/local-bus.ts'

/** A promise and what settles it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

/** Lets all that is ready go on: a request goes to the broker and back. */
async function settle(bus: Bus): Promise<void> {
  await bus.flush()
  await bus.flush()
}

/** The data of all messages, until the subscription has ended. */
async function read(stream: SubscriptionStream): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const { data } of stream) all.push(data)
  return all
}

test('the first used is outermost, and each may change what comes', async () => {
  const { bus } = openBus()
  const seen: unknown[] = []
  const adding = (name: string): Interceptor => ({
    deliver: async (message, next, delivering) => {
      seen.push([name, message.data, delivering])
      seen.push([name, await next({ ...message, data: message.data + name })])
    },
  })
  bus.use(adding('a'))
  bus.use(adding('b'))
  await bus.subscribe('t.*', (data, message) => `${data} ${message.data} handled`, { group: 'g' }).ready
  await bus.publish('t.x', '', { confirm: 'handled' })
  const delivering = { kind: 'handler', pattern: 't.*', group: 'g' }
  expect(seen).toEqual([
    ['a', '', delivering],
    ['b', 'a', delivering],
    ['b', 'ab ab handled'],
    ['a', undefined],
  ])
})

test('its promise is part of the handling: of order, of a confirmation, and of a drain', async () => {
  const { bus } = openBus()
  const { opened, open } = gate()
  const done: string[] = []
  bus.use({
    deliver: async ({ data }, next) => {
      await next()
      await opened
      done.push(`through ${data}`)
    },
  })
  await bus.subscribe('t', (data) => void done.push(`handled ${data}`)).ready
  const confirmed = bus.publish('t', 1, { confirm: 'handled' }).then(() => done.push('confirmed 1'))
  bus.publish('t', 2)
  await settle(bus)
  const drained = bus.drain().then(() => done.push('drained'))
  expect(done).toEqual(['handled 1'])
  open()
  await Promise.all([confirmed, drained])
  expect(done.filter((each) => each !== 'confirmed 1')).toEqual([
    'handled 1',
    'through 1',
    'handled 2',
    'through 2',
    'drained',
  ])
  expect(done).toContain('confirmed 1')
})

test.each([
  [
    'throws',
    () => {
      throw new RangeError('no')
    },
  ],
  ['rejects', () => Promise.reject(new RangeError('no'))],
])('one that %s counts as a failure of the handler, and stops nothing', async (_, fail: () => unknown) => {
  const { bus, errors } = openBus()
  bus.use({ deliver: ({ data }, next) => (data === 'bad' ? fail() : next()) })
  const heard: unknown[] = []
  await bus.subscribe('t', (data) => void heard.push(data)).ready
  expect(await bus.publish('t', 'bad', { confirm: 'handled' })).toMatchObject({ failed: 1 })
  expect(await bus.publish('t', 'good', { confirm: 'handled' })).toMatchObject({ delivered: 1 })
  expect(heard).toEqual(['good'])
  expect(errors).toEqual([expect.objectContaining({ code: 'HANDLER_FAILED', cause: new RangeError('no') })])
})

test('one that does not call next keeps the message back', async () => {
  const { bus, errors } = openBus()
  bus.use({ deliver: ({ data }, next) => (data % 2 === 0 ? next() : undefined) })
  const heard: unknown[] = []
  await bus.subscribe('t', (data) => void heard.push(data)).ready
  for (let n = 0; n < 4; n += 1) bus.publish('t', n)
  expect(await bus.publish('t', 5, { confirm: 'handled' })).toMatchObject({ delivered: 1 })
  expect({ heard, errors }).toEqual({ heard: [0, 2], errors: [] })
})

test('one may try again, until it is through', async () => {
  const { bus, errors } = openBus()
  let late: () => unknown = () => undefined
  bus.use({
    deliver: async (_, next) => {
      late = next
      try {
        return await next()
      } catch {
        return next()
      }
    },
  })
  let tries = 0
  const flaky = async (): Promise<number> => {
    tries += 1
    if (tries === 1) throw new Error('the first fails')
    return tries
  }
  await bus.subscribe('t', flaky).ready
  expect(await bus.publish('t', 0, { confirm: 'handled' })).toMatchObject({ delivered: 1 })
  expect({ tries, errors }).toEqual({ tries: 2, errors: [] })
  expect(late).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }))
  expect(tries).toBe(2)
})

test('it stands around responders, and may change the answer', async () => {
  const { bus } = openBus()
  const kinds: string[] = []
  bus.use({
    deliver: async (message, next, { kind }) => {
      kinds.push(kind)
      if (message.data === 'refused') throw Object.assign(new Error('not you'), { code: 'E_REFUSED' })
      return `${String(await next({ ...message, data: `<${message.data}>` }))}!`
    },
  })
  bus.respond('ask', (data) => `hello ${data}`)
  expect(await bus.request('ask', 'ada')).toBe('hello <ada>!')
  await expect(bus.request('ask', 'refused')).rejects.toMatchObject({
    code: 'REMOTE_ERROR',
    cause: { message: 'not you', code: 'E_REFUSED' },
  })
  expect(kinds).toEqual(['responder', 'responder'])
})

test('an iterator gets what interceptors hand on, in order, when they are through', async () => {
  const { bus, errors } = openBus()
  const { opened, open } = gate()
  bus.use({
    deliver: async (message, next, { kind }) => {
      if (message.data === 1) await opened
      if (message.data === 2) return
      if (message.data === 3) throw new Error('no')
      next({ ...message, data: `${kind} ${message.data}` })
    },
  })
  const stream = bus.subscribe('t', { max: 5 })
  await stream.ready
  const all = read(stream)
  for (const data of [0, 1, 2, 3]) bus.publish('t', data)
  const last = bus.publish('t', 4, { confirm: 'handled' })
  await settle(bus)
  open()
  expect(await all).toEqual(['iterator 0', 'iterator 1', 'iterator 4'])
  expect(await last).toMatchObject({ delivered: 1 })
  expect(errors).toEqual([expect.objectContaining({ code: 'HANDLER_FAILED' })])
})

test('an iterator that is left while a message is on its way to it has ended', async () => {
  const { bus } = openBus()
  const { opened, open } = gate()
  const began = gate()
  bus.use({
    deliver: async (_, next) => {
      began.open()
      await opened
      next()
    },
  })
  const stream = bus.subscribe('t')
  await stream.ready
  const iterator = stream[Symbol.asyncIterator]()
  const first = iterator.next()
  const confirmed = bus.publish('t', 1, { confirm: 'handled' })
  await began.opened
  stream.unsubscribe()
  open()
  expect(await first).toEqual({ done: true, value: undefined })
  expect(await confirmed).toMatchObject({ failed: 0 })
  await stream.closed
})

test('once waits for the message that is handed on, and hears when one is not', async () => {
  const { bus, errors } = openBus()
  bus.use({ deliver: (message, next) => (message.data === 'x' ? undefined : next({ ...message, data: 'changed' })) })
  const changed = bus.once('t')
  bus.publish('t', 'y')
  expect((await changed).data).toBe('changed')
  const kept = bus.once('t')
  bus.publish('t', 'x')
  await expect(kept).rejects.toMatchObject({ code: 'HANDLER_FAILED', topic: 't' })
  const closed = bus.once('t')
  await Promise.all([expect(closed).rejects.toMatchObject({ code: 'CLOSED' }), bus.close()])
  expect(errors).toEqual([])
})

test('a handler behind an interceptor that waits may drain its own subscription, or its bus', async () => {
  const { bus } = openBus()
  bus.use({ deliver: async (_, next) => [await Promise.resolve(), await next()] })
  const subscription: Subscription = bus.subscribe('t', (): Promise<void> => subscription.drain())
  await subscription.ready
  bus.publish('t')
  await subscription.closed
  const drained = gate()
  await bus.subscribe('u', () => bus.drain().then(drained.open)).ready
  bus.publish('u')
  await drained.opened
})

test.each([5, null, 'x'])('next refuses %j', async (given) => {
  const { bus, errors } = openBus()
  // @ts-expect-error: it takes a message
  bus.use({ deliver: (_, next) => next(given) })
  await bus.subscribe('t', () => undefined).ready
  expect(await bus.publish('t', 0, { confirm: 'handled' })).toMatchObject({ failed: 1 })
  expect(errors[0]?.message).toContain('next takes a message or nothing')
})
