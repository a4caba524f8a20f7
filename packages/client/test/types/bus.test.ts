import { expectTypeOf, test } from 'vitest'
import { createBus, type Bus, type Confirmation, type Message, type Subscription } from '../../src/index.ts'

type Events = { 'user-login': { userId: number }; 'cache.clear': undefined; maybe: string | undefined }

declare function load(key: string): Promise<unknown>

/** Never called: what is tested here is that it compiles, and what does not. */
export async function samples(bus: Bus<Events>): Promise<void> {
  bus.subscribe('user-login', (data, message) => {
    expectTypeOf(data).toEqualTypeOf<{ userId: number }>()
    expectTypeOf(message).toEqualTypeOf<Message<{ userId: number }, 'user-login'>>()
  })
  bus.publish('user-login', { userId: 123 })
  bus.publish('user-login', { userId: 123 }, { headers: { trace: '1' }, echo: false })
  bus.publish('cache.clear')
  bus.publish('maybe')
  bus.publish('not.in.the.map', { anything: true })
  expectTypeOf(bus.publish('cache.clear')).toBeBoolean()
  expectTypeOf(bus.publish('user-login', { userId: 1 }, { confirm: 'routed' })).toEqualTypeOf<Promise<Confirmation>>()
  const signal = AbortSignal.timeout(5)
  const options = { confirm: 'handled', timeout: 5, signal, headers: { trace: '1' }, echo: false } as const
  expectTypeOf((await bus.publish('cache.clear', undefined, options)).gone).toBeNumber()
  // @ts-expect-error: there are two ways to be confirmed
  void bus.publish('cache.clear', undefined, { confirm: 'delivered' })
  // @ts-expect-error: only who waits can wait too long
  void bus.publish('cache.clear', undefined, { timeout: 5 })
  // @ts-expect-error: the data of this topic has another type, confirmed or not
  void bus.publish('user-login', 'x', { confirm: 'routed' })
  // @ts-expect-error: the data of this topic has another type
  void bus.publish('user-login', { userId: 'x' })
  // @ts-expect-error: this topic has data
  void bus.publish('user-login')
  // @ts-expect-error: headers are strings
  void bus.publish('cache.clear', undefined, { headers: { count: 1 } })

  for await (const message of bus.subscribe('user.>')) {
    expectTypeOf(message.topic).toBeString()
    void message.data
  }
  for await (const { data } of bus.subscribe('user-login', { max: 2 })) expectTypeOf(data.userId).toBeNumber()
  expectTypeOf(bus.subscribe('user-login', () => undefined, { group: 'workers' })).toEqualTypeOf<Subscription>()
  expectTypeOf((await bus.once('user-login', { timeout: 5 })).data.userId).toBeNumber()

  const config = await bus.request('config.get', { key: 'limits' }, { timeout: 2_000 })
  void config
  bus.respond('config.get', async ({ key }) => load(key))
  bus.respond('user-login', ({ userId }) => expectTypeOf(userId).toBeNumber())
  bus.on('slow', ({ dropped }) => expectTypeOf(dropped).toBeNumber())
  // @ts-expect-error: there is no such event
  bus.on('message', () => undefined)
  await using scoped = bus.subscribe('user-login', () => undefined)
  expectTypeOf(scoped.ready).toEqualTypeOf<Promise<void>>()
}

test('a bus without an event map takes any topic and any data', async () => {
  const bus = createBus()
  expectTypeOf(bus).toEqualTypeOf<Bus>()
  bus.publish('any.topic', 5)
  bus.publish('any.topic')
  await bus.close()
})
