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

test('one that returns a promise where the call cannot wait is told so, and its rejection brings nobody down', () => {
  const { bus } = openBus()
  const remove = bus.use(untyped(async (_, next) => next()))
  expect(() => bus.publish('t')).toThrow(expect.objectContaining({ code: 'BAD_OPTION', option: 'interceptor' }))
  remove()
  const removeFailing = bus.use(untyped(() => Promise.reject(new Error('too late'))))
  expect(() => bus.publish('t')).toThrow('an interceptor has returned a promise where this call returns a boolean')
  removeFailing()
  bus.use(untyped(() => undefined))
  expect(() => bus.publish('t')).toThrow('an interceptor has returned undefined')
})

test('a message is sent once, and only in the call itself', async () => {
  const { bus } = openBus()
  let late: () => unknown = () => undefined
  const remove = bus.use({ publish: (_, next) => [next(), (late = next)].length > 1 })
  bus.publish('t')
  expect(late).toThrow('next was called after the call had returned')
  remove()
  bus.use({ publish: (_, next) => next() && next() })
  expect(() => bus.publish('t')).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('twice') }),
  )
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
