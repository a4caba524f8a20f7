import { runInNewContext } from 'node:vm'
import { FrameKind, layout, read } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'
import { expect, test } from 'vitest'
import type { AccessAction } from '../../src/core/access/authorize.ts'
import * as says from '../support/says.ts'
import { TestBroker, type TestBrokerOptions } from '../support/test-broker.ts'
import { withoutTopics } from '../support/transcript.ts'

/** A broker that asks, and what it has asked, as `member action topic`. */
function askingBroker(
  answer: (name: string, action: AccessAction, topic: string) => boolean,
  options: TestBrokerOptions = {},
): { broker: TestBroker; asked: string[] } {
  const asked: string[] = []
  const authorize: TestBrokerOptions['authorize'] = ({ name }, action, topic) => {
    asked.push(`${name} ${action} ${topic}`)
    return answer(name, action, topic)
  }
  return { broker: new TestBroker({ ...options, authorize }), asked }
}

/** How many messages to which topic the member was told of. */
function deniedOf(link: FakeLink): string[] {
  return link.ofKind(FrameKind.DENIED).map((frame) => `${layout.readU32(frame, 8)} ${frame.toString('utf8', 12)}`)
}

/** Codes of the answers that are refusals. */
function refusalsOf(link: FakeLink): string[] {
  const starts = new Map<number, number>([
    [FrameKind.REPLY, layout.requestBytes],
    [FrameKind.REFUSED, 12],
    [FrameKind.CACHED, 12],
  ])
  return link.frames.flatMap((frame) => {
    const at = starts.get(frame[4] ?? 0)
    const isRefused = frame[4] === FrameKind.REFUSED || frame[5] === layout.flagRefused
    return at === undefined || !isRefused ? [] : [read.readFailure(frame.toString('utf8', at)).code]
  })
}

const notSecret = (_: string, __: AccessAction, topic: string): boolean => !topic.startsWith('secret')

test('a message that is refused goes to nobody, and its publisher is told how many there were', () => {
  const { broker, asked } = askingBroker(notSecret)
  const all = broker.subscriber('>')
  const link = broker.join('p')
  link.say(
    Buffer.concat([
      says.publishNamed('open', 'a'),
      says.publishNamed('secret', 'b'),
      says.publishNamed('open', 'c'),
      says.publishNamed('secret', 'd'),
      says.publishNamed('secret.too', 'e'),
    ]),
  )
  expect(withoutTopics(all)).toEqual(['NAMED 2 a', 'NAMED 2 c'])
  expect(deniedOf(link)).toEqual(['2 secret', '1 secret.too'])
  expect(asked).toEqual(['someone subscribe >', 'p publish open', 'p publish secret', 'p publish secret.too'])
  expect(broker.core.stats()).toMatchObject({ published: 2, refused: 3, delivered: 2 })
  link.say(says.publishNamed('secret', 'f'))
  expect(deniedOf(link)).toEqual(['2 secret', '1 secret.too', '1 secret'])
  expect(asked).toHaveLength(4)
})

test('a topic that nobody may publish to gets no number and takes no place', () => {
  const { broker } = askingBroker((_, action) => action !== 'publish')
  const link = broker.join()
  for (let topic = 0; topic < 100; topic += 1) {
    for (let turn = 0; turn < 3; turn += 1) link.say(says.publishNamed(`t.${topic}`))
  }
  expect(broker.core.stats()).toMatchObject({ topics: 0, published: 0, refused: 300 })
  expect(link.ofKind(FrameKind.TOPIC)).toEqual([])
})

test('a number that a member was told as a subscriber lets it not publish', () => {
  const { broker, asked } = askingBroker((name, action) => action !== 'publish' || name === 'p')
  const reader = broker.join('reader')
  reader.say(says.subscribe(1, 'news'))
  const publisher = broker.join('p')
  for (const text of ['1', '2', '3']) publisher.say(says.publishNamed('news', text))
  const told = reader.ofKind(FrameKind.TOPIC)[0]
  const number = told === undefined ? 0 : layout.readU32(told, 8)
  expect(number).toBeGreaterThan(0)
  reader.say(Buffer.concat([says.publishNumbered(number, 'forged'), says.publishNumbered(number, 'again')]))
  publisher.say(Buffer.concat([says.publishNumbered(number, '4'), says.publishNumbered(number, '5')]))
  expect(withoutTopics(reader)).toEqual(['NAMED 2 1', 'NAMED 2 2', 'NAMED 2 3', 'PUBLISH 2 4', 'PUBLISH 2 5'])
  expect(deniedOf(reader)).toEqual(['2 news'])
  expect(asked.filter((line) => line.includes('publish'))).toEqual(['p publish news', 'reader publish news'])
  expect(broker.reported).toEqual([])
})

test('a number that was withdrawn and told anew for another topic has to be asked about anew', () => {
  const { broker } = askingBroker((name, action, topic) => name !== 'm' || action !== 'publish' || topic !== 'other', {
    limits: { topicNames: 1 },
  })
  const member = broker.join('m')
  const others = broker.subscriber('other')
  for (let turn = 0; turn < 2; turn += 1) member.say(says.publishNamed('first'))
  const number = layout.readU32(member.ofKind(FrameKind.TOPIC)[0] ?? Buffer.alloc(12), 8)
  member.say(says.publishNumbered(number))
  const publisher = broker.join('p')
  // The first look finds it used, the second does not.
  for (let turn = 0; turn < 4 && member.ofKind(FrameKind.FORGET).length === 0; turn += 1) {
    publisher.say(says.publishNamed('other'))
  }
  expect(member.ofKind(FrameKind.FORGET)).toHaveLength(1)
  member.say(says.number(FrameKind.FORGOT, number))
  member.say(says.subscribe(1, 'other'))
  for (let turn = 0; turn < 3; turn += 1) publisher.say(says.publishNamed('other'))
  const names = member
    .ofKind(FrameKind.TOPIC)
    .map((frame) => `${layout.readU32(frame, 8)} ${frame.toString('utf8', 12)}`)
  expect(names).toEqual([`${number} first`, `${number} other`])
  others.frames.length = 0
  member.say(says.publishNumbered(number, 'forged'))
  expect(withoutTopics(others)).toEqual([])
  expect(deniedOf(member)).toEqual(['1 other'])
})

test('a refusal is told before the answer to what was said behind it', () => {
  const { broker } = askingBroker(notSecret)
  const link = broker.join()
  link.frames.length = 0
  link.say(Buffer.concat([says.publishNamed('secret'), says.number(FrameKind.PING, 7), says.publishNamed('secret')]))
  expect(link.frames.map((frame) => frame[4])).toEqual([FrameKind.DENIED, FrameKind.PONG, FrameKind.DENIED])
})

test('what waits for an answer is refused by it', () => {
  const { broker, asked } = askingBroker(() => false)
  const link = broker.join('m')
  link.say(
    Buffer.concat([
      says.subscribe(1, 'a.*', { group: 'g' }),
      says.subscribe(2, 'b', { responder: true }),
      says.request('c', 3),
      says.confirm(4, says.publishNamed('d')),
      says.cache(5, 'users'),
      says.invalidate(6, 5, 'k'),
      says.claim(7, 5, 'k'),
    ]),
  )
  expect(refusalsOf(link)).toEqual(Array.from({ length: 7 }, () => 'NOT_ALLOWED'))
  expect(asked.map((line) => line.slice(2))).toEqual([
    'subscribe a.*',
    'respond b',
    'request c',
    'publish d',
    'cache users',
    'invalidate users',
  ])
  expect(broker.core.stats()).toMatchObject({ subscriptions: 0, published: 0, refused: 1, pendingRequests: 0 })
  expect(deniedOf(link)).toEqual([])
  expect(broker.core.members()).toHaveLength(1)
})

test('who may not hold a cache is told of nothing in it, and may invalidate it if that is allowed', () => {
  const { broker } = askingBroker((name, action) => name !== 'writer' || action === 'invalidate')
  const holder = broker.join('holder')
  holder.say(Buffer.concat([says.cache(1, 'users'), says.number(FrameKind.RENEW, 1)]))
  const writer = broker.join('writer')
  writer.say(Buffer.concat([says.cache(1, 'users'), says.invalidate(2, 1, 'k')]))
  expect(withoutTopics(holder)).toContain('EVICT 1 key:k')
  holder.say(Buffer.concat([says.number(FrameKind.EVICTED, 1), says.invalidate(9, 1, 'mine')]))
  expect(withoutTopics(writer)).toEqual([expect.stringContaining('CACHED 1'), 'INVALIDATED 2 1 0'])
  expect(refusalsOf(writer)).toEqual(['NOT_ALLOWED'])
  // Nobody else holds it then, and still it may not.
  holder.say(says.number(FrameKind.UNCACHE, 1))
  expect(writer.ofKind(FrameKind.CACHED)).toHaveLength(1)
  writer.say(says.number(FrameKind.UNCACHE, 1))
  expect(broker.core.stats().caches).toBe(0)
})

test('what belongs to the broker is not asked about', () => {
  const { broker, asked } = askingBroker(() => false)
  const link = broker.join()
  link.say(Buffer.concat([says.subscribe(1, '$sys.>'), says.request('$sys.members', 2)]))
  broker.join('other')
  expect(refusalsOf(link)).toEqual([])
  expect(link.ofKind(FrameKind.PUBLISH_NAMED).length).toBeGreaterThan(0)
  expect(asked).toEqual([])
})

test('a pattern is one question, and a wildcard brings what its parts would not', () => {
  const { broker } = askingBroker((_, action, topic) => action !== 'subscribe' || topic === '*')
  const link = broker.join()
  link.say(Buffer.concat([says.subscribe(1, 'a'), says.subscribe(2, '>'), says.subscribe(3, '*')]))
  broker.join().say(says.publishNamed('a', 'x'))
  expect(refusalsOf(link)).toEqual(['NOT_ALLOWED', 'NOT_ALLOWED'])
  expect(withoutTopics(link)).toEqual(['NAMED 2 x'])
})

test('a member that comes again is asked about anew', () => {
  let allowed = false
  const { broker, asked } = askingBroker(() => allowed)
  broker.join('m', 'bus').say(says.subscribe(1, 'a'))
  allowed = true
  const again = broker.join('m', 'bus')
  again.say(says.subscribe(1, 'a'))
  expect(refusalsOf(again)).toEqual([])
  expect(asked).toEqual(['m subscribe a', 'm subscribe a'])
})

test('a member of version 1 is not told what it could not read, and refused all the same', () => {
  const { broker } = askingBroker(notSecret)
  const all = broker.subscriber('>')
  const link = broker.join('old', undefined, 1)
  link.say(Buffer.concat([says.publishNamed('secret'), says.confirm(1, says.publishNamed('secret'))]))
  link.say(says.publishNamed('open', 'x'))
  expect(deniedOf(link)).toEqual([])
  expect(refusalsOf(link)).toEqual(['NOT_ALLOWED'])
  expect(withoutTopics(all)).toEqual(['NAMED 2 x'])
  expect(broker.core.stats().refused).toBe(2)
})

test('answers are remembered up to a limit, and the oldest is asked for again', () => {
  const { broker, asked } = askingBroker(notSecret, { limits: { accessAnswers: 2 } })
  const link = broker.join('m')
  for (const topic of ['a', 'b', 'a', 'b', 'c', 'b', 'a', 'c', 'a']) link.say(says.request(topic, 1))
  expect(asked).toEqual(['a', 'b', 'c', 'a'].map((topic) => `m request ${topic}`))
})

test('a member that is refused for as many topics as it likes is told of each', () => {
  const { broker } = askingBroker(() => false)
  const link = broker.join()
  const count = 1_000
  link.say(Buffer.concat(Array.from({ length: count }, (_, topic) => says.publishNamed(`t.${topic}`))))
  expect(deniedOf(link)).toHaveLength(count)
})

test.each<[string, () => unknown, string, string]>([
  ['a promise', () => Promise.resolve(true), 'BAD_OPTION', 'a promise'],
  ['a promise that fails', () => Promise.reject(new Error('late')), 'BAD_OPTION', 'a promise'],
  ['a promise of another realm that fails', () => runInNewContext('Promise.reject("late")'), 'BAD_OPTION', 'a promise'],
  ['nothing', () => undefined, 'BAD_OPTION', 'nothing'],
  ['something that is not false', () => 'yes', 'BAD_OPTION', '"yes"'],
  [
    'an error',
    () => {
      throw new Error('no such table')
    },
    'HANDLER_FAILED',
    'no such table',
  ],
])('an authorize that gives %s refuses, and is reported once for each member and action', (_, give, code, words) => {
  // What an app in JavaScript may do all the same.
  const authorize = give as unknown as TestBrokerOptions['authorize']
  const broker = new TestBroker({ authorize })
  const link = broker.join()
  link.say(Buffer.concat([says.subscribe(1, 'a'), says.subscribe(2, 'b'), says.request('a', 1)]))
  broker.join().say(says.subscribe(1, 'a'))
  expect(refusalsOf(link)).toEqual(['NOT_ALLOWED', 'NOT_ALLOWED', 'NOT_ALLOWED'])
  expect(broker.reported.map((error) => error.code)).toEqual([code, code, code])
  expect(broker.reported[0]?.message).toContain(words)
  expect(broker.reported[0]?.message).toContain('authorize(member 1 ("someone"), "subscribe", "a")')
})

test('an authorize that closes its broker while it is asked leaves nothing behind', () => {
  const broker: TestBroker = new TestBroker({
    authorize: () => {
      void broker.core.close()
      return true
    },
  })
  const link = broker.join()
  link.say(Buffer.concat([says.subscribe(1, 'a'), says.publishNamed('b'), says.cache(1, 'c')]))
  expect(broker.core.stats()).toMatchObject({ members: 0, subscriptions: 0, published: 0, caches: 0, violated: 0 })
  expect(broker.reported).toEqual([])
})

test('an authorize that drains its broker while it is asked takes nothing back that was routed before', () => {
  const { broker } = askingBroker((_, __, topic) => {
    if (topic === 'last') void broker.core.drain(1_000)
    return true
  })
  const all = broker.subscriber('>')
  broker
    .join('p')
    .say(Buffer.concat([says.publishNamed('t', 'a'), says.publishNamed('t', 'b'), says.publishNamed('last')]))
  expect(withoutTopics(all).slice(0, 2)).toEqual(['NAMED 2 a', 'NAMED 2 b'])
  expect(broker.core.stats()).toMatchObject({ published: 2, delivered: 2, lost: 0, queuedMessages: 0 })
})
