import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { carryStore, type StoreCarrier } from '../../src/index.ts'
import { openBus } from '../support/local-bus.ts'

interface Tenant {
  readonly id: string
}

function tenants(): { storage: AsyncLocalStorage<Tenant>; carrier: StoreCarrier } {
  const storage = new AsyncLocalStorage<Tenant>()
  const parse = (text: string): Tenant => {
    if (text === '') throw new RangeError('a tenant without an id')
    return { id: text }
  }
  const serialize = ({ id }: Tenant): string | undefined => (id === 'nobody' ? undefined : id)
  return { storage, carrier: carryStore({ storage, header: 'tenant', serialize, parse }) }
}

test('a handler has the store of the publisher, over every await', async () => {
  const { storage, carrier } = tenants()
  const { bus } = openBus()
  bus.use(carrier)
  const seen: unknown[] = []
  await bus.subscribe('t', async (data) => {
    const before = storage.getStore()
    await nextTurn()
    seen.push([data, before, storage.getStore()])
  }).ready
  storage.run({ id: 'ada' }, () => bus.publish('t', 1))
  storage.run({ id: 'nobody' }, () => bus.publish('t', 2))
  bus.publish('t', 3)
  await storage.run({ id: 'bob' }, () => bus.publish('t', 4, { confirm: 'handled' }))
  const [ada, bob] = [{ id: 'ada' }, { id: 'bob' }]
  expect(seen).toEqual([
    [1, ada, ada],
    [2, undefined, undefined],
    [3, undefined, undefined],
    [4, bob, bob],
  ])
})

test('a responder has the store of the requester, who keeps it while waiting', async () => {
  const { storage, carrier } = tenants()
  const { bus } = openBus()
  bus.use(carrier)
  bus.respond('who', async () => {
    await nextTurn()
    return storage.getStore()
  })
  await storage.run({ id: 'ada' }, async () => {
    expect(await bus.request('who')).toEqual({ id: 'ada' })
    expect(storage.getStore()).toEqual({ id: 'ada' })
  })
})

test('what reads an iterator runs with the store of each message', async () => {
  const { storage, carrier } = tenants()
  const { bus } = openBus()
  bus.use(carrier)
  const stream = bus.subscribe('t', { max: 3 })
  await stream.ready
  for (const id of ['ada', 'bob']) storage.run({ id }, () => bus.publish('t', id))
  bus.publish('t')
  const seen: unknown[] = []
  await storage.run({ id: 'reader' }, async () => {
    for await (const message of stream) {
      await carrier.run(message, async () => {
        await nextTurn()
        seen.push(storage.getStore()?.id)
      })
      seen.push(storage.getStore()?.id)
    }
  })
  expect(seen).toEqual(['ada', 'reader', 'bob', 'reader', undefined, 'reader'])
})

test('a header that the publisher has given stays, whatever it is called', async () => {
  const { storage, carrier } = tenants()
  const { bus } = openBus()
  bus.use(carrier)
  bus.use(carryStore({ storage, header: 'constructor', serialize: ({ id }) => id, parse: () => undefined }))
  const next = bus.once('t')
  storage.run({ id: 'ada' }, () => bus.publish('t', 1, { headers: { tenant: 'given' } }))
  expect({ ...(await next).headers }).toEqual({ tenant: 'given', constructor: 'ada' })
})

test('text that cannot be parsed is a failure of the handler, a store that cannot be written one of the publisher', async () => {
  const { carrier } = tenants()
  const { bus, errors } = openBus()
  bus.use(carrier)
  await bus.subscribe('t', () => undefined).ready
  expect(await bus.publish('t', 1, { confirm: 'handled', headers: { tenant: '' } })).toMatchObject({ failed: 1 })
  expect(errors).toEqual([
    expect.objectContaining({ code: 'HANDLER_FAILED', cause: new RangeError('a tenant without an id') }),
  ])
  const storage = new AsyncLocalStorage<bigint>()
  bus.use(carryStore({ storage, header: 'n', serialize: (n) => JSON.stringify(n), parse: BigInt }))
  expect(() => storage.run(5n, () => bus.publish('t'))).toThrow(TypeError)
})

test.each([
  ['options', 5],
  ['header', { header: '' }],
  ['serialize', { serialize: 'json' }],
  ['parse', { parse: undefined }],
  ['storage', { storage: {} }],
  ['storage', { storage: undefined }],
  ['heeder', { heeder: 'x' }],
])('a %s that is none is refused', (option, given) => {
  const storage = new AsyncLocalStorage<string>()
  const options = { storage, header: 'h', serialize: String, parse: String }
  // @ts-expect-error: of an app without types
  expect(() => carryStore(typeof given === 'number' ? given : { ...options, ...given })).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', option }),
  )
})
