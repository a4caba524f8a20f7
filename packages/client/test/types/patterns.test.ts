import { expectTypeOf, test } from 'vitest'
import type { Bus, DataOf, Message, MessageOf, PublishedOf, TopicsOf, Untyped } from '../../src/index.ts'

interface Login {
  readonly userId: number
}
interface Logout {
  readonly reason: string
}
interface Events {
  'user.login': Login
  'user.logout': Logout
  'user.profile.changed': { name: string }
  'job.*': { job: string }
  'job.*.done': { result: number }
  'log.>': string
  $own: boolean
}

test('a pattern gets the union of the data of all topics of the map that it matches', () => {
  expectTypeOf<DataOf<Events, 'user.login'>>().toEqualTypeOf<Login>()
  expectTypeOf<DataOf<Events, 'user.*'>>().toEqualTypeOf<Login | Logout>()
  expectTypeOf<DataOf<Events, 'user.>'>>().toEqualTypeOf<Login | Logout | { name: string }>()
  expectTypeOf<DataOf<Events, '*.login'>>().toEqualTypeOf<Login | { job: string } | string>()
  expectTypeOf<DataOf<Events, 'user.*.changed'>>().toEqualTypeOf<{ name: string }>()
  expectTypeOf<DataOf<Events, 'user.login.>'>>().toEqualTypeOf<Untyped>()
})

test('a pattern of the map says what the data of each topic is that it matches', () => {
  expectTypeOf<DataOf<Events, 'job.mail'>>().toEqualTypeOf<{ job: string }>()
  expectTypeOf<DataOf<Events, 'job.mail.done'>>().toEqualTypeOf<{ result: number }>()
  expectTypeOf<DataOf<Events, 'job.mail.failed'>>().toEqualTypeOf<Untyped>()
  expectTypeOf<DataOf<Events, 'log.a.b.c'>>().toEqualTypeOf<string>()
  expectTypeOf<DataOf<Events, 'log'>>().toEqualTypeOf<Untyped>()
  expectTypeOf<DataOf<Events, 'job.>'>>().toEqualTypeOf<{ job: string } | { result: number }>()
  expectTypeOf<DataOf<Events, `job.${string}`>>().toEqualTypeOf<{ job: string }>()
})

test('of several patterns that match a topic, the closest says', () => {
  interface Nested {
    '>': 'all'
    'a.>': 'a'
    'a.*.c': 'middle'
    '*.b.c': 'first'
    'a.b.*': 'last'
    'a.b.d': 'exact'
  }
  expectTypeOf<DataOf<Nested, 'x'>>().toEqualTypeOf<'all'>()
  expectTypeOf<DataOf<Nested, 'a.x'>>().toEqualTypeOf<'a'>()
  expectTypeOf<DataOf<Nested, 'a.x.c'>>().toEqualTypeOf<'middle'>()
  expectTypeOf<DataOf<Nested, 'x.b.c'>>().toEqualTypeOf<'first'>()
  expectTypeOf<DataOf<Nested, 'a.b.c'>>().toEqualTypeOf<'last'>()
  expectTypeOf<DataOf<Nested, 'a.b.d'>>().toEqualTypeOf<'exact'>()
})

test('a leading wildcard does not match a topic of the broker', () => {
  expectTypeOf<DataOf<{ $own: boolean; own: number }, '*'>>().toEqualTypeOf<number>()
  expectTypeOf<DataOf<{ $own: boolean }, '$own'>>().toEqualTypeOf<boolean>()
  expectTypeOf<DataOf<{ '>': number }, '$sys.member.joined'>>().toEqualTypeOf<Untyped>()
})

test('nothing can be published under a pattern', () => {
  expectTypeOf<PublishedOf<Events, 'user.*'>>().toEqualTypeOf<never>()
  expectTypeOf<PublishedOf<Events, 'job.mail'>>().toEqualTypeOf<{ job: string }>()
})

test('topics that the map does not name are untyped, and so is every topic of a bus without one', () => {
  expectTypeOf<DataOf<Events, 'elsewhere'>>().toEqualTypeOf<Untyped>()
  expectTypeOf<DataOf<Events, string>>().toEqualTypeOf<Untyped>()
  expectTypeOf<DataOf<Record<string, number>, 'any.*'>>().toEqualTypeOf<number>()
  // oxlint-disable-next-line typescript/no-explicit-any
  expectTypeOf<DataOf<any, 'any.*'>>().toEqualTypeOf<Untyped>()
  expectTypeOf<MessageOf<Record<string, Untyped>, 'a.*'>>().toEqualTypeOf<Message>()
  expectTypeOf<MessageOf<Events, 'elsewhere'>>().toEqualTypeOf<Message>()
})

test('the topic of a message is one of those that the map names, and tells what its data is', () => {
  expectTypeOf<TopicsOf<Events, 'user.*'>['topic']>().toEqualTypeOf<'user.login' | 'user.logout'>()
  expectTypeOf<MessageOf<Events, 'job.*'>['topic']>().toEqualTypeOf<`job.${string}`>()
  expectTypeOf<MessageOf<Events, 'job.mail'>['topic']>().toEqualTypeOf<'job.mail'>()
  expectTypeOf<MessageOf<Events, 'job.*.done'>['topic']>().toEqualTypeOf<`job.${string}.done`>()
  expectTypeOf<MessageOf<Events, 'user.login'>>().toEqualTypeOf<Message<Login, 'user.login'>>()
})

/** Never called: that it compiles, and what does not, is what is tested. */
export async function samples(bus: Bus<Events>): Promise<void> {
  bus.subscribe('user.*', (data, message) => {
    expectTypeOf(data).toEqualTypeOf<Login | Logout>()
    if (message.topic === 'user.login') expectTypeOf(message.data).toEqualTypeOf<Login>()
    else expectTypeOf(message.data).toEqualTypeOf<Logout>()
    // @ts-expect-error: no such topic matches
    if (message.topic === 'user.profile.changed') return
  })
  bus.subscribe('user.*', ({ userId }: Partial<Login & Logout>) => userId, { group: 'workers', max: 2 })
  for await (const { topic, data } of bus.subscribe('user.>', { group: 'workers' })) {
    expectTypeOf(topic).toEqualTypeOf<'user.login' | 'user.logout' | 'user.profile.changed'>()
    expectTypeOf(data).toEqualTypeOf<Login | Logout | { name: string }>()
  }
  const next = await bus.once('job.>')
  expectTypeOf(next.data).toEqualTypeOf<{ job: string } | { result: number }>()
  bus.respond('user.*', (data) => expectTypeOf(data).toEqualTypeOf<Login | Logout>())
  bus.publish('job.mail', { job: 'x' })
  const user = 'ada'
  bus.publish(`job.${user}`, { job: 'x' })
  // @ts-expect-error: a pattern of the map names the type of this topic
  void bus.publish('job.mail', { job: 5 })
  // @ts-expect-error: nothing can be published under a pattern
  void bus.publish('user.*', { userId: 1 })
  const anybody: Bus<Untyped> = bus
  anybody.publish('user.login', 'anything')
}
