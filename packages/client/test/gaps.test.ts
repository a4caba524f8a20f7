import { FrameKind, write } from '@clusterbus/protocol'
import { FakeLink } from '@clusterbus/testkit'
import { expect, test } from 'vitest'
import type { Message } from '../src/bus.ts'
import { message, written } from './support/frames.ts'
import { TestBus } from './support/test-bus.ts'

test('each subscription that matches learns with its next message how many it has missed', () => {
  const { bus, link } = connected()
  const [one, all, other] = ['a', '>', 'b'].map((pattern) => gapsOf(bus, pattern))
  link.say(gap('a', 3), published('b'), published('a'), published('a'))
  expect([one, all, other]).toEqual([[3, 0], [3, 0, 0], [0]])
  expect(bus.core.stats()).toMatchObject({ missed: 3, received: 3 })
})

test('gaps that follow on each other add up', () => {
  const { bus, link } = connected()
  const gaps = gapsOf(bus, '*')
  link.say(gap('a', 3), gap('b', 4), published('a'))
  expect(gaps).toEqual([7])
})

test('only a subscription with a gap gets a message of its own', () => {
  const { bus, link } = connected()
  const seen: Message[] = []
  for (const pattern of ['b', 'c', '>']) bus.core.subscribe(pattern, (_, received) => seen.push(received))
  link.say(gap('a', 1), published('b'), published('b'))
  const [own, shared, next, same] = seen
  expect(own).not.toBe(shared)
  expect(next).toBe(same)
  expect({ ...shared, gap: 0 }).toEqual({ ...own, gap: 0 })
})

test('where messages were picked, those learn of it that they were picked for', () => {
  const { bus, link } = connected()
  const plain = gapsOf(bus, 'a')
  const group = gapsOf(bus, 'a', { group: 'g' })
  link.say(pick([2], false), gap('a', 2), pick([2], true), gap('a', 5))
  link.say(pick([2], true), published('a'))
  expect([plain, group]).toEqual([[5], [7]])
})

test('messages that a group subscription missed count for its end', async () => {
  const { bus, link } = connected()
  const subscription = bus.core.subscribe('a', () => undefined, { group: 'g', max: 3 })
  link.say(pick([1], false), gap('a', 2), pick([1], false), published('a'))
  await subscription.closed
  expect(bus.core.stats().subscriptions).toBe(0)
})

test('more gaps than it ends after end it too', async () => {
  const { bus, link } = connected()
  const subscription = bus.core.subscribe('a', () => undefined, { group: 'g', max: 3 })
  link.say(pick([1], false), gap('a', 5))
  await subscription.closed
})

test('a gap without a name may be anybody’s', () => {
  const { bus, link } = connected()
  const gaps = ['a', 'b'].map((pattern) => gapsOf(bus, pattern))
  link.say(gap('', 9), published('a'), published('b'))
  expect(gaps).toEqual([[9], [9]])
  expect(bus.core.stats().missed).toBe(9)
})

test('slow tells of it at once', () => {
  const { bus, link } = connected()
  gapsOf(bus, '*')
  link.say(gap('a', 3))
  expect(bus.events.filter(([name]) => name === 'slow')).toEqual([
    ['slow', { pattern: '*', topic: 'a', dropped: 3, where: 'broker' }],
  ])
})

test('what a subscription itself has dropped counts in its gap', async () => {
  const bus = new TestBus({ limits: { queuedMessages: 1 } })
  const link = bus.connect()
  const stream = bus.core.subscribe('a', { overflow: 'drop-newest' })
  link.say(published('a'), published('a'), gap('a', 4), published('a'))
  const iterator = stream[Symbol.asyncIterator]()
  expect((await iterator.next()).value?.gap).toBe(0)
  link.say(published('a'))
  expect((await iterator.next()).value?.gap).toBe(6)
})

test.each([
  ['cut off', Buffer.from([11, 0, 0, 0, FrameKind.GAP, 0, 0, 0, 1, 2, 3])],
  ['without a count', Buffer.from([8, 0, 0, 0, FrameKind.GAP, 0, 0, 0])],
])('a gap that is %s closes the link', (_, frame) => {
  const { link } = connected()
  link.say(frame)
  expect(link.destroyed).toBe(true)
})

test('a bus tells its terms first on every link', () => {
  const bus = new TestBus({ terms: { overflow: 'drop-oldest', memberMessages: 5 } })
  bus.core.subscribe('a', () => undefined)
  for (let id = 1; id <= 2; id++) {
    const [first] = bus.connect(id).frames
    expect([first?.[4], first?.toString('utf8', 8)]).toEqual([
      FrameKind.TERMS,
      '{"overflow":"drop-oldest","memberMessages":5}',
    ])
    bus.disconnect()
  }
})

test('a bus waits when its terms have filled the link', () => {
  const bus = new TestBus({ terms: { overflow: 'drop-oldest' } })
  bus.core.subscribe('a', () => undefined)
  const full = new FakeLink()
  full.takes = false
  const link = bus.connect(1, 1024, full)
  expect(link.frames.map((frame) => frame[4])).toEqual([FrameKind.TERMS])
  full.takes = true
  full.receiver?.onDrain()
  expect(link.frames.map((frame) => frame[4])).toEqual([FrameKind.TERMS, FrameKind.SUBSCRIBE])
})

function connected(): { bus: TestBus; link: ReturnType<TestBus['connect']> } {
  const bus = new TestBus()
  return { bus, link: bus.connect() }
}

/** What the messages of a new subscription say of gaps. */
function gapsOf(bus: TestBus, pattern: string, options: { group?: string } = {}): number[] {
  const gaps: number[] = []
  bus.core.subscribe(pattern, (_, received) => gaps.push(received.gap), options)
  return gaps
}

function published(topic: string): Buffer {
  return message({ name: topic, payload: '1' })
}

function gap(topic: string, count: number): Buffer {
  return written((writer) => write.writeNumberAndText(writer, FrameKind.GAP, count, topic))
}

function pick(ids: readonly number[], plain: boolean): Buffer {
  return written((writer) => write.writePick(writer, ids, plain))
}
