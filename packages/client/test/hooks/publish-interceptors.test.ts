import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Interceptor, SendResult } from '../../src/index.ts'
import { openBus } from '../support/local-bus.ts'

/** An interceptor that leaves its name in a header. */
function stamping(name: string): Interceptor {
  return { publish: (message, next) => next({ ...message, headers: { ...message.headers, [name]: name } }) }
}

/** One of an app without types. */
function untyped(publish: (message: never, next: () => SendResult) => unknown): Interceptor {
  return { publish: publish as Required<Interceptor>['publish'] }
}

test('the first used is outermost, and sees what the caller gave and what it gets back', async () => {
  const { bus } = openBus()
  const seen: unknown[] = []
  const logging = (name: string): Interceptor => ({
    publish: (message, next, sending) => {
      seen.push([name, { ...message.headers }, sending])
      const result = next({ ...message, headers: { ...message.headers, [name]: '1' } })
      seen.push([name, result])
      return result
    },
  })
  bus.use(logging('outer'))
  bus.use(logging('inner'))
  const arrived = bus.once('t')
  bus.publish('t', 5, { headers: { own: 'x' } })
  const { data, headers } = await arrived
  expect({ data, headers: { ...headers } }).toEqual({ data: 5, headers: { own: 'x', outer: '1', inner: '1' } })
  const sending = { kind: 'publish', confirm: undefined }
  expect(seen).toEqual([
    ['outer', { own: 'x' }, sending],
    ['inner', { own: 'x', outer: '1' }, sending],
    ['inner', true],
    ['outer', true],
  ])
})

test('topic and data may be changed, and go through the schema of that topic', async () => {
  const { bus } = openBus({ schemas: { n: z.coerce.number() } })
  bus.use({ publish: (message, next) => next({ ...message, topic: 'n', data: `${message.data}0` }) })
  const arrived = bus.once('n')
  bus.publish('elsewhere', 4)
  expect((await arrived).data).toBe(40)
  expect(() => bus.publish('elsewhere', 'x')).toThrow(expect.objectContaining({ code: 'UNENCODABLE', topic: 'n' }))
})

test('what next is not given stays as it was', async () => {
  const { bus } = openBus()
  // @ts-expect-error: types want a whole message
  bus.use({ publish: (_, next) => next({ data: 7 }) })
  bus.use({ publish: (_, next) => next() })
  const arrived = bus.once('t')
  bus.publish('t', 5, { headers: { own: 'x' } })
  expect(await arrived).toMatchObject({ data: 7, headers: { own: 'x' } })
})

test('requests and confirmed messages go through as well, and their promises can be awaited', async () => {
  const { bus } = openBus()
  bus.respond('add', ({ n }, { headers }) => [n + 1, headers.by])
  const ended: unknown[] = []
  bus.use({
    publish: async (message, next, sending) => {
      const result = await next(message)
      ended.push([message.topic, sending, result])
      return result
    },
  })
  bus.use(stamping('by'))
  expect(await bus.request('add', { n: 1 })).toEqual([2, 'by'])
  const confirmation = await bus.publish('add', 0, { confirm: 'handled' })
  expect(ended).toEqual([
    ['add', { kind: 'request', confirm: undefined }, [2, 'by']],
    ['add', { kind: 'publish', confirm: 'handled' }, confirmation],
  ])
})

test('one that throws gives its error to the caller, and nothing is sent', async () => {
  const { bus } = openBus()
  const failure = new RangeError('not today')
  bus.use({
    publish: () => {
      throw failure
    },
  })
  expect(() => bus.publish('t')).toThrow(failure)
  expect(() => void bus.publish('t', 1, { confirm: 'routed' })).toThrow(failure)
  await expect(bus.request('t')).rejects.toBe(failure)
  expect(bus.stats()).toMatchObject({ published: 0, requests: 0 })
})

test('one that does not call next keeps the message back, and answers in its place', async () => {
  const { bus } = openBus()
  bus.use({ publish: (_, __, { kind }) => (kind === 'request' ? Promise.resolve('from memory') : false) })
  expect(bus.publish('t')).toBe(false)
  expect(await bus.request('t')).toBe('from memory')
  expect(() => void bus.publish('t', 1, { confirm: 'routed' })).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('has returned boolean') }),
  )
  expect(bus.stats()).toMatchObject({ published: 0, requests: 0 })
})

test('an async one stands around calls that are awaited; around any other nothing is sent', async () => {
  const { bus, errors } = openBus()
  bus.respond('q', () => 'answer')
  const heard: unknown[] = []
  await bus.subscribe('t', (data) => heard.push(data)).ready
  let calls = 0
  const remove = bus.use({
    publish: async (_, next) => {
      calls += 1
      return next()
    },
  })
  expect(() => bus.publish('t', 'lost')).toThrow(
    expect.objectContaining({
      code: 'BAD_OPTION',
      option: 'interceptor',
      message: expect.stringContaining('is an async function'),
    }),
  )
  expect([calls, bus.stats().published]).toEqual([0, 0])
  expect(await bus.request('q')).toBe('answer')
  await bus.publish('t', 'awaited', { confirm: 'handled' })
  remove()
  bus.publish('t', 'plain')
  await bus.flush()
  expect({ heard, calls, errors }).toEqual({ heard: ['awaited', 'plain'], calls: 2, errors: [] })
})

test('one whose answer is wrong is told so, and nothing was sent if it has sent nothing', () => {
  const { bus, errors } = openBus()
  const removeFailing = bus.use(untyped(() => Promise.reject(new Error('too late'))))
  expect(() => bus.publish('t')).toThrow('an interceptor has returned a promise where this call returns a boolean')
  removeFailing()
  bus.use(untyped(() => undefined))
  expect(() => bus.publish('t')).toThrow('an interceptor has returned undefined')
  expect([bus.stats().published, errors]).toEqual([0, []])
})

test('what goes wrong after the message has gone out is told by error, and the caller gets what next has returned', async () => {
  const { bus, errors } = openBus()
  const heard: unknown[] = []
  await bus.subscribe('t', (data) => heard.push(data)).ready
  const failure = new RangeError('no log')
  const wrong = [
    (_: never, next: () => SendResult) => Promise.resolve(next()),
    (_: never, next: () => SendResult) => next() && Promise.reject(new Error('too late')),
    (_: never, next: () => SendResult) => void next(),
    (_: never, next: () => SendResult) => {
      void next()
      throw failure
    },
  ]
  for (const [index, publish] of wrong.entries()) {
    const remove = bus.use(untyped(publish))
    expect(bus.publish('t', index)).toBe(true)
    remove()
  }
  await bus.flush()
  expect(heard).toEqual([0, 1, 2, 3])
  expect(errors).toMatchObject([
    { code: 'BAD_OPTION', option: 'interceptor', message: expect.stringContaining('has returned a promise') },
    { code: 'BAD_OPTION', message: expect.stringContaining('has returned a promise') },
    { code: 'BAD_OPTION', message: expect.stringContaining('has returned undefined') },
    { code: 'HANDLER_FAILED', topic: 't', cause: failure },
  ])
})

test('the caller gets what one makes of a failure of next, and nothing was sent', () => {
  const { bus, errors } = openBus()
  bus.use({
    publish: (_, next) => {
      try {
        return next()
      } catch (cause) {
        throw new Error('mine', { cause })
      }
    },
  })
  expect(() => bus.publish('t', () => undefined)).toThrow('mine')
  expect([bus.stats().published, errors]).toEqual([0, []])
})

test('a message is sent once, and only in the call itself', async () => {
  const { bus, errors } = openBus()
  let late: () => unknown = () => undefined
  const remove = bus.use({ publish: (_, next) => [next(), (late = next)].length > 1 })
  bus.publish('t')
  expect(late).toThrow('next was called after the call had returned')
  remove()
  bus.use({ publish: (_, next) => next() && next() })
  expect(bus.publish('t')).toBe(true)
  expect(errors).toMatchObject([{ code: 'HANDLER_FAILED', cause: { code: 'BAD_OPTION', option: 'interceptor' } }])
  expect(errors[0]?.message).toContain('next was called twice')
  expect(bus.stats().published).toBe(2)
})

test.each([5, 'message', null])('next refuses %j', (given) => {
  const { bus } = openBus()
  // @ts-expect-error: it takes a message
  bus.use({ publish: (_, next) => next(given) })
  expect(() => bus.publish('t')).toThrow('next takes a message or nothing')
})

test('what is wrong with a message is wrong whoever made it so', () => {
  const { bus } = openBus()
  const remove = bus.use({ publish: (message, next) => next({ ...message, topic: '$sys.x' }) })
  expect(() => bus.publish('t')).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }))
  remove()
  // @ts-expect-error: headers are strings
  const removeHeaders = bus.use({ publish: (message, next) => next({ ...message, headers: { n: 5 } }) })
  expect(() => bus.publish('t')).toThrow(expect.objectContaining({ code: 'UNENCODABLE' }))
  removeHeaders()
  bus.use(stamping('x'))
  // @ts-expect-error: headers are an object
  expect(() => bus.publish('t', 1, { headers: 5 })).toThrow(expect.objectContaining({ code: 'UNENCODABLE' }))
  expect(() => bus.publish('a..b')).toThrow(expect.objectContaining({ code: 'BAD_TOPIC' }))
})

test('it can be taken out again, each use by itself, also while a message is on its way', async () => {
  const { bus } = openBus()
  const calls: string[] = []
  const counting: Interceptor = {
    publish: (_, next) => {
      calls.push('counting')
      return next()
    },
  }
  const removeFirst = bus.use(counting)
  bus.use({
    publish: (_, next) => {
      removeFirst()
      removeFirst()
      return next()
    },
  })
  bus.use(counting)
  bus.publish('t')
  bus.publish('t')
  expect(calls).toHaveLength(3)
})

test('one that closes the bus cannot send any more', async () => {
  const { bus } = openBus()
  bus.use({
    publish: (_, next) => {
      void bus.close()
      return next()
    },
  })
  expect(() => bus.publish('t')).toThrow(expect.objectContaining({ code: 'CLOSED' }))
})

test('an interceptor may be an instance of a class', async () => {
  class Counter implements Interceptor {
    count = 0
    publish(_: unknown, next: () => SendResult): SendResult {
      this.count += 1
      return next()
    }
  }
  const { bus } = openBus()
  const counter = new Counter()
  bus.use(counter)
  bus.publish('t')
  expect(counter.count).toBe(1)
})

test.each([undefined, null, 5, {}, { publish: 5 }, { deliver: 'x' }, { publsh: () => true }])(
  'use refuses %j, and takes nothing when the bus is closed',
  async (given) => {
    const { bus } = openBus()
    // @ts-expect-error: that is no interceptor
    expect(() => bus.use(given)).toThrow(expect.objectContaining({ code: 'BAD_OPTION', option: 'interceptor' }))
    await bus.close()
    expect(() => bus.use(stamping('x'))).toThrow(expect.objectContaining({ code: 'CLOSED' }))
  },
)
