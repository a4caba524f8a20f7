import { expectTypeOf, test } from 'vitest'
import type { Bus, Request, Untyped } from '../../src/index.ts'

interface Config {
  readonly limits: number
}
interface Events {
  'config.get': Request<{ key: string }, Config>
  'config.reload': Request<undefined, boolean>
  'config.>': Request<string, number>
  ping: undefined
  add: { a: number; b: number }
}

test('a request has the reply that the map says, and is untyped where that says nothing', () => {
  expectTypeOf(samples).returns.resolves.toBeVoid()
})

/** Never called: that it compiles, and what does not, is what is tested. */
export async function samples(bus: Bus<Events>): Promise<void> {
  expectTypeOf(await bus.request('config.get', { key: 'x' }, { timeout: 5 })).toEqualTypeOf<Config>()
  expectTypeOf(await bus.request('config.reload')).toEqualTypeOf<boolean>()
  expectTypeOf(await bus.request('config.of.all', 'x')).toEqualTypeOf<number>()
  expectTypeOf(await bus.request('add', { a: 1, b: 2 })).toEqualTypeOf<Untyped>()
  expectTypeOf(await bus.request('ping')).toEqualTypeOf<Untyped>()
  expectTypeOf(await bus.request('not.in.the.map')).toEqualTypeOf<Untyped>()
  // @ts-expect-error: it is asked with something
  await bus.request('config.get')
  // @ts-expect-error: of that type
  await bus.request('config.get', { key: 5 })

  bus.respond('config.get', ({ key }, message) => {
    expectTypeOf(key).toBeString()
    expectTypeOf(message.topic).toEqualTypeOf<'config.get'>()
    return { limits: 5 }
  })
  bus.respond('config.get', async () => ({ limits: 5 }), { group: 'configs' })
  // @ts-expect-error: the answer has another type
  bus.respond('config.get', () => 'x')
  // @ts-expect-error: the answer has another type, awaited or not
  bus.respond('config.reload', async () => 'x')
  bus.respond('add', ({ a, b }) => a + b)
  bus.subscribe('config.get', (data) => expectTypeOf(data).toEqualTypeOf<{ key: string }>())
  bus.subscribe('config.*', (data) => expectTypeOf(data).toEqualTypeOf<{ key: string } | undefined | string>())
}
