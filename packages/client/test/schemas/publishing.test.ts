import { type } from 'arktype'
import { setTimeout as after } from 'node:timers/promises'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { BusError, createBus, type Schema } from '../../src/index.ts'
import { openBus } from '../support/local-bus.ts'

/** What the call throws. */
function thrown(call: () => unknown): BusError {
  try {
    call()
  } catch (error) {
    if (error instanceof BusError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

function schemaOf(validate: (value: unknown) => unknown): Schema {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as Schema['~standard']['validate'] } }
}

describe.each([
  ['zod', z.object({ id: z.coerce.number(), name: z.string().default('nobody') })],
  [
    'valibot',
    v.object({
      id: v.pipe(v.union([v.string(), v.number()]), v.transform(Number), v.number()),
      name: v.optional(v.string(), 'nobody'),
    }),
  ],
  ['arktype', type({ id: 'string.numeric.parse', name: "string = 'nobody'" })],
])('a schema of %s', (_, schema) => {
  test('is what data goes through before it is sent', async () => {
    const { bus } = openBus({ schemas: { 'user.login': schema } })
    const next = bus.once('user.login')
    expect(bus.publish('user.login', { id: '5' })).toBe(true)
    expect((await next).data).toEqual({ id: 5, name: 'nobody' })
  })

  test('throws to the publisher with its issues, and nothing is sent', async () => {
    const { bus } = openBus({ schemas: { 'user.login': schema } })
    const error = thrown(() => bus.publish('user.login', { id: '5', name: 7 }))
    expect(error).toMatchObject({ code: 'UNENCODABLE', topic: 'user.login' })
    expect(error.message).toMatch(/^publish\("user\.login"\): the data is not valid: its schema refuses it: "name" "/)
    expect(error.issues).toHaveLength(1)
    expect(error.issues?.[0]?.message).toMatch(/string/)
    expect(bus.stats()).toMatchObject({ published: 0 })
  })
})

test('of several schemas that match a topic, the closest holds, in whatever order they are given', async () => {
  const names = { '>': 'all', 'a.>': 'a', 'a.*.c': 'middle', '*.b.c': 'first', 'a.b.*': 'last', 'a.b.d': 'exact' }
  const entries = Object.entries(names).map(([pattern, name]) => [pattern, z.unknown().transform(() => name)] as const)
  for (const given of [entries, entries.toReversed()]) {
    const { bus } = openBus({ schemas: Object.fromEntries(given) })
    const heard: unknown[] = []
    await bus.subscribe('>', (data, { topic }) => void heard.push([topic, data])).ready
    for (const topic of ['x', 'a.x', 'a.x.c', 'x.b.c', 'a.b.c', 'a.b.d']) bus.publish(topic, 0)
    await bus.publish('a.b.d', 0, { confirm: 'handled' })
    expect(heard.slice(0, 6)).toEqual([
      ['x', 'all'],
      ['a.x', 'a'],
      ['a.x.c', 'middle'],
      ['x.b.c', 'first'],
      ['a.b.c', 'last'],
      ['a.b.d', 'exact'],
    ])
  }
})

test('topics without a schema are not looked at, whatever they are called', async () => {
  const { bus } = openBus({ schemas: { 'user.*': z.never() } })
  for (const topic of ['user', 'user.login.x', '__proto__', 'constructor', 'toString']) {
    expect(bus.publish(topic, { anything: true })).toBe(true)
  }
  expect(thrown(() => openBus({ schemas: { '>': z.never() } }).bus.publish('__proto__', 1)).code).toBe('UNENCODABLE')
})

test('a message that is to be confirmed is held against its schema too, and so is what is asked', async () => {
  const { bus } = openBus({ schemas: { n: z.number() } })
  bus.respond('n', (n) => n + 1)
  expect(thrown(() => void bus.publish('n', 'x', { confirm: 'handled' })).issues).toHaveLength(1)
  await expect(bus.request('n', 'x')).rejects.toMatchObject({ code: 'UNENCODABLE', issues: [{}] })
  await expect(bus.request('n', 5)).resolves.toBe(6)
})

test('an answer goes through its schema, and one that it refuses fails the request', async () => {
  const { bus } = openBus({ schemas: { config: { data: z.string(), reply: z.object({ limits: z.coerce.number() }) } } })
  bus.respond('config', (key) => ({ limits: key }))
  await expect(bus.request('config', '5')).resolves.toEqual({ limits: 5 })
  const failed = bus.request('config', 'x')
  await expect(failed).rejects.toMatchObject({ code: 'REMOTE_ERROR', cause: { code: 'UNENCODABLE' } })
  await expect(failed).rejects.toThrow('respond("config"): the answer is not valid: its schema refuses it: "limits"')
})

test('a schema that answers with a promise is refused, and its rejection brings nobody down', async () => {
  const slow = z.string().refine(async () => after(1, true))
  const failing = schemaOf(() => Promise.reject(new Error('too late')))
  const { bus } = openBus({ schemas: { slow, failing } })
  for (const topic of ['slow', 'failing']) {
    const error = thrown(() => bus.publish(topic, 'x'))
    expect(error).toMatchObject({ code: 'UNENCODABLE', topic })
    expect(error.issues).toBeUndefined()
    expect(error.message).toContain('its schema answers with a promise')
  }
})

test.each([
  [
    'throws',
    () => {
      throw new RangeError('no such thing')
    },
    'has thrown RangeError: no such thing',
  ],
  [
    'throws what has no text',
    () => {
      throw Object.create(null)
    },
    'has thrown Error: something that has no text',
  ],
  ['gives nothing', () => undefined, 'has given no result'],
  ['gives an empty result', () => ({}), 'has given neither a value nor issues'],
  ['gives issues that are no list', () => ({ issues: 'many' }), 'refuses it with issues that are no list'],
  [
    'gives issues of all kinds',
    () => ({ issues: [null, 5, { message: 7, path: [Symbol('s'), { key: 'k' }] }, 'x', 'y'] }),
    'refuses it: null; 5; "Symbol(s).k" number; and 2 more',
  ],
])('a schema that %s is reported for what it does', (_, validate, why) => {
  const { bus } = openBus({ schemas: { t: schemaOf(validate) } })
  const error = thrown(() => bus.publish('t', 1))
  expect(error).toMatchObject({ code: 'UNENCODABLE', topic: 't' })
  expect(error.message).toContain(`its schema ${why}`)
  expect(bus.stats().published).toBe(0)
})

test('a schema may make nothing of what it gets', async () => {
  const { bus } = openBus({ schemas: { t: z.unknown().transform(() => undefined) } })
  const next = bus.once('t')
  bus.publish('t', 1)
  expect((await next).data).toBeUndefined()
})

test.each([
  ['no object', 5, 'schemas must be a plain object'],
  ['a list', [z.string()], 'schemas must be a plain object'],
  ['null', null, 'schemas must be a plain object'],
  ['what is inherited', { __proto__: z.object({}) }, 'schemas must be a plain object'],
  ['a bad pattern', { 'a..b': z.string() }, 'contains an empty token'],
  ['what is no schema', { t: {} }, 'schemas["t"] must be a Standard Schema'],
  ['a function that is none', { t: () => true }, 'schemas["t"] must be a Standard Schema'],
  ['undefined', { t: undefined }, 'schemas["t"] must be a Standard Schema'],
  ['half a schema', { t: { '~standard': { version: 1 } } }, 'schemas["t"] must be a Standard Schema'],
  ['a pair with another name', { t: { data: z.string(), answer: z.string() } }, 'schemas["t"] must be'],
  ['a pair with what is no schema', { t: { data: z.string(), reply: 5 } }, 'schemas["t"].reply must be'],
])('createBus refuses schemas that are %s', (_, schemas, why) => {
  const error = thrown(() => createBus({ broker: 'local', schemas: schemas as {} }))
  expect(error).toMatchObject({ code: 'BAD_OPTION', option: 'schemas' })
  expect(error.message).toContain(why)
})

test('createBus refuses a place for schemas that there is not, or that is of no use', () => {
  // @ts-expect-error: there are three
  const unknown = thrown(() => createBus({ broker: 'local', schemas: {}, validate: 'never' }))
  expect(unknown).toMatchObject({ code: 'BAD_OPTION', option: 'validate' })
  const idle = thrown(() => createBus({ broker: 'local', validate: 'both' }))
  expect(idle).toMatchObject({ code: 'BAD_OPTION', option: 'validate' })
})
