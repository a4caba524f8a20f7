import { type } from 'arktype'
import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { type Bus, createBus, type Request, type Untyped } from '../../src/index.ts'

/** A bus of schemas of three libraries, as it is typed without an event map. */
function schemaBus() {
  return createBus({
    broker: 'local',
    schemas: {
      'user.login': z.object({ userId: z.coerce.number<string>() }),
      'user.*': v.object({ name: v.optional(v.string(), 'nobody') }),
      'config.get': { data: type({ key: 'string' }), reply: z.object({ limits: z.number().default(5) }) },
      ping: { reply: z.literal('pong') },
    },
  })
}

test('schemas say what is published, and what is received', () => {
  expectTypeOf(samples).returns.resolves.toBeVoid()
})

test('an event map that is given goes before what the schemas say', async () => {
  type Events = { 'user.login': { userId: number }; ask: Request<string, number> }
  const bus = createBus<Events>({ broker: 'local', schemas: { 'user.login': z.object({ userId: z.number() }) } })
  expectTypeOf(bus).toEqualTypeOf<Bus<Events>>()
  await bus.close()
})

/** Never called: that it compiles, and what does not, is what is tested. */
export async function samples(): Promise<void> {
  const bus = schemaBus()
  bus.publish('user.login', { userId: '5' })
  // @ts-expect-error: this is what comes of it
  void bus.publish('user.login', { userId: 5 })
  bus.publish('user.logout', {})
  // @ts-expect-error: a name is a string
  void bus.publish('user.logout', { name: 5 })
  bus.subscribe('user.login', (data) => expectTypeOf(data).toEqualTypeOf<{ userId: number }>())
  bus.subscribe('user.logout', (data) => expectTypeOf(data).toEqualTypeOf<{ name: string }>())
  bus.subscribe('user.*', (data) => expectTypeOf(data).toEqualTypeOf<{ userId: number } | { name: string }>())
  expectTypeOf(await bus.request('config.get', { key: 'x' })).toEqualTypeOf<{ limits: number }>()
  // @ts-expect-error: a key is a string
  void bus.request('config.get', { key: 5 })
  bus.respond('config.get', ({ key }) => (key === '' ? {} : { limits: 7 }))
  // @ts-expect-error: a limit is a number
  bus.respond('config.get', () => ({ limits: 'x' }))
  expectTypeOf(await bus.request('ping', 'whatever')).toEqualTypeOf<'pong'>()
  bus.subscribe('elsewhere', (data) => expectTypeOf(data).toEqualTypeOf<Untyped>())
}
