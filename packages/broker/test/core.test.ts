import { FrameKind, layout } from '@clusterbus/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { collectGarbage, type FakeLink } from '@clusterbus/testkit'
import * as says from './support/says.ts'
import { TestBroker } from './support/test-broker.ts'

let broker: TestBroker

beforeEach(() => (broker = new TestBroker()))

function payloads(link: FakeLink): string[] {
  const messages = [...link.frames].filter(
    (frame) => frame[4] === FrameKind.PUBLISH || frame[4] === FrameKind.PUBLISH_NAMED,
  )
  return messages.map((frame) => {
    const named = frame[4] === FrameKind.PUBLISH_NAMED
    return frame.toString('utf8', layout.publishBytes + (named ? layout.readU32(frame, layout.topicAt) : 0))
  })
}

describe('topics as numbers', () => {
  test('a topic gets a number when it comes a second time, and the publisher is told', () => {
    const publisher = broker.join()
    publisher.say(says.publishNamed('a', '1'))
    expect(publisher.ofKind(FrameKind.TOPIC)).toEqual([])
    publisher.say(says.publishNamed('a', '2'))
    expect(publisher.ofKind(FrameKind.TOPIC)).toHaveLength(1)
    expect(broker.core.stats().topics).toBe(1)
  })

  test('a receiver is told the number before the first message that uses it', () => {
    const publisher = broker.join()
    publisher.say(says.publishNamed('a'), says.publishNamed('a'))
    const late = broker.join()
    late.say(says.subscribe(1, '*'))
    publisher.say(says.publishNumbered(1, 'x'))
    const kinds = late.frames.map((frame) => frame[4])
    expect(kinds.slice(-2)).toEqual([FrameKind.TOPIC, FrameKind.PUBLISH])
  })

  test('a number that was not told to this member closes its link', () => {
    const publisher = broker.join()
    publisher.say(says.publishNamed('a'), says.publishNamed('a'))
    const stranger = broker.join()
    stranger.say(says.publishNumbered(1, 'x'))
    expect(broker.reported.map(({ code }) => code)).toEqual(['BAD_FRAME'])
    expect(stranger.ofKind(FrameKind.CLOSE)).toHaveLength(1)
    expect(stranger.ended).toBe(true)
    expect(publisher.ended).toBe(false)
  })

  test('a number is given again only when all who knew it have let go of it', () => {
    broker = new TestBroker({ limits: { topicNames: 1 } })
    const publisher = broker.join()
    const other = broker.join()
    const subscriber = broker.join()
    subscriber.say(says.subscribe(1, '>'))
    publisher.say(says.publishNamed('a'), says.publishNamed('a'))
    other.say(says.publishNamed('a'))
    // Asked for in vain: the table is full. The first time "a" had been used since, the second time not.
    for (let round = 0; round < 3; round++) other.say(says.publishNamed('b'), says.publishNamed('b'))
    expect(publisher.ofKind(FrameKind.FORGET)).toHaveLength(1)
    publisher.say(says.publishNumbered(1, 'under way'))
    expect(payloads(subscriber).at(-1)).toBe('under way')
    other.say(says.number(FrameKind.FORGOT, 1))
    subscriber.say(says.number(FrameKind.FORGOT, 1))
    other.say(says.publishNamed('b'))
    expect(other.ofKind(FrameKind.TOPIC).map((frame) => frame.toString('utf8', 12))).toEqual(['a'])
    publisher.say(says.number(FrameKind.FORGOT, 1))
    other.say(says.publishNamed('b'))
    expect(other.ofKind(FrameKind.TOPIC).map((frame) => frame.toString('utf8', 12))).toEqual(['a', 'b'])
    expect(broker.reported).toEqual([])
  })

  test('a sweep that withdraws many numbers asks every member that knows each of them', () => {
    broker = new TestBroker({ limits: { topicNames: 64 } })
    const publisher = broker.join()
    const subscriber = broker.join()
    subscriber.say(says.subscribe(1, 'old.*'))
    for (let index = 0; index < 64; index++) {
      publisher.say(says.publishNamed(`old.${index}`), says.publishNamed(`old.${index}`))
    }
    expect(broker.core.stats().topics).toBe(64)
    // Nothing old is used any more, and as many new topics as it takes are refused a number, twice.
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 64; index++) {
        publisher.say(says.publishNamed(`new.${round}.${index}`), says.publishNamed(`new.${round}.${index}`))
      }
    }
    for (const member of [publisher, subscriber]) {
      expect(new Set(member.ofKind(FrameKind.FORGET).map((frame) => layout.readU32(frame, 8))).size).toBe(8)
    }
    expect(broker.core.stats().topics).toBe(64)
    expect(broker.reported).toEqual([])
  })

  test('a member that goes away holds no number back', () => {
    broker = new TestBroker({ limits: { topicNames: 1 } })
    const publisher = broker.join()
    const other = broker.join()
    publisher.say(says.publishNamed('a'), says.publishNamed('a'))
    for (let round = 0; round < 3; round++) other.say(says.publishNamed('b'), says.publishNamed('b'))
    expect(broker.core.stats().topics).toBe(1)
    publisher.receiver?.onClose()
    expect(broker.core.stats().topics).toBe(0)
  })

  test('topics that are used once are not kept', () => {
    const publisher = broker.join()
    for (let index = 0; index < 20_000; index++) publisher.say(says.publishNamed(`once.${index}`))
    expect(broker.core.stats().topics).toBe(0)
  })
})

describe('a request', () => {
  test('is answered only by the member that was asked', () => {
    const requester = broker.join()
    const responder = broker.join()
    const stranger = broker.join()
    responder.say(says.subscribe(1, 'a', { responder: true }))
    requester.say(says.request('a', 7))
    stranger.say(says.reply(1, 7, 'forged'))
    expect(requester.ofKind(FrameKind.REPLY)).toEqual([])
    responder.say(says.reply(1, 7, 'true'))
    responder.say(says.reply(1, 7, 'again'))
    expect(requester.ofKind(FrameKind.REPLY).map((frame) => frame.toString('utf8', layout.requestBytes))).toEqual([
      'true',
    ])
    expect(broker.core.stats().pendingRequests).toBe(0)
  })

  test('fails when its responder goes away, and leaves nothing when its requester does', () => {
    const requester = broker.join()
    const responder = broker.join()
    responder.say(says.subscribe(1, 'a', { responder: true }))
    requester.say(says.request('a', 1), says.request('a', 2))
    expect(broker.core.stats().pendingRequests).toBe(2)
    responder.receiver?.onClose()
    expect(requester.ofKind(FrameKind.REPLY).map((frame) => frame.toString('utf8'))).toEqual([
      expect.stringContaining('RESPONDER_LOST'),
      expect.stringContaining('RESPONDER_LOST'),
    ])
    const second = broker.join()
    second.say(says.subscribe(1, 'a', { responder: true }))
    requester.say(says.request('a', 3))
    requester.receiver?.onClose()
    expect(broker.core.stats()).toMatchObject({ pendingRequests: 0, members: 1 })
  })
})

describe('back-pressure', () => {
  /** A member whose queue is over its mark of a quarter of the limit, and the one that feeds it. */
  function overfull(): { slow: FakeLink; feeder: FakeLink } {
    broker = new TestBroker({ limits: { queuedBytes: 8_000_000 } })
    const slow = broker.join()
    const feeder = broker.join()
    slow.say(says.subscribe(1, 'busy'))
    slow.takes = false
    slow.bufferedBytes = 3_000_000
    feeder.say(says.publishNamed('busy', 'x'))
    return { slow, feeder }
  }

  test('holds back whoever feeds a full queue, and nobody else, until there is room', () => {
    const { slow, feeder } = overfull()
    const bystander = broker.join()
    bystander.say(says.publishNamed('quiet'))
    expect([feeder.paused, bystander.paused]).toEqual([true, false])
    feeder.say(says.publishNamed('busy', 'read before the pause'))
    slow.bufferedBytes = 1_900_000
    slow.receiver?.onDrain()
    expect(feeder.paused).toBe(true)
    slow.bufferedBytes = 0
    slow.receiver?.onDrain()
    expect(feeder.paused).toBe(false)
    // That of the heartbeats.
    expect(broker.clock.timers).toBe(1)
  })

  test('lets feeders go on as soon as the link takes everything again', () => {
    const { slow, feeder } = overfull()
    slow.takes = true
    slow.receiver?.onDrain()
    expect(feeder.paused).toBe(false)
  })

  test('holds nobody while the link takes what it is given: no drain would follow', () => {
    const { slow } = overfull()
    slow.takes = true
    slow.receiver?.onDrain()
    const other = broker.join()
    other.say(says.publishNamed('busy', 'x'))
    expect(other.paused).toBe(false)
  })

  test('ends with a member that makes no room in time, and lets go of its feeders', () => {
    const { slow, feeder } = overfull()
    for (let passed = 0; passed < 999; passed += 111) {
      broker.clock.pass(111)
      slow.say(says.number(FrameKind.ALIVE, 0))
    }
    expect(broker.reported).toEqual([])
    broker.clock.pass(1)
    expect(broker.reported.map(({ code, member }) => [code, member])).toEqual([['QUEUE_FULL', 1]])
    expect(feeder.paused).toBe(false)
    expect(broker.core.members().map(({ id }) => id)).toEqual([2])
  })

  test('does not end with a member whose feeders have gone', () => {
    const { feeder } = overfull()
    feeder.receiver?.onClose()
    broker.clock.pass(1_000)
    expect(broker.reported).toEqual([])
    expect(broker.core.members()).toHaveLength(1)
  })

  test('counts what a member that is over its limit does not get', () => {
    broker = new TestBroker({ limits: { queuedBytes: 1_000 } })
    const slow = broker.join()
    const feeder = broker.join()
    slow.say(says.subscribe(1, 'busy'))
    slow.takes = false
    for (let index = 0; index < 12; index++) feeder.say(says.publishNamed('busy', 'x'.repeat(100)))
    expect(broker.reported.map(({ code }) => code)).toEqual(['QUEUE_FULL'])
    const { delivered, dropped, overflowed } = broker.core.stats()
    expect(overflowed).toBe(1)
    expect(payloads(slow)).toHaveLength(delivered - dropped)
  })
})

test('a member that leaves takes its subscriptions along, and the others hear of it', () => {
  const watcher = broker.join()
  watcher.say(says.subscribe(1, '$sys.member.*'))
  const member = broker.join()
  member.say(says.subscribe(1, 'a'), says.subscribe(2, 'b.*'), says.subscribe(3, 'c', { group: 'g' }))
  expect(broker.core.stats().subscriptions).toBe(4)
  member.receiver?.onClose(new Error('torn'))
  expect(broker.core.stats()).toMatchObject({ subscriptions: 1, members: 1 })
  expect(payloads(watcher).map((text) => JSON.parse(text))).toEqual([
    { id: 2, name: 'someone', pid: 1, kind: 'cluster' },
    { id: 2, name: 'someone', pid: 1, kind: 'cluster', reason: 'torn' },
  ])
})

test('a member that is gone is not held on to by the topics it took', async () => {
  const publisher = broker.join()
  const link = new WeakRef(joinAndGo(publisher))
  await collectGarbage()
  expect(link.deref()).toBeUndefined()
  expect(broker.core.stats()).toMatchObject({ members: 1, topics: 1 })
})

/** Takes a topic by a wildcard, gets a message, and goes. */
function joinAndGo(publisher: FakeLink): FakeLink {
  const link = broker.join()
  link.say(says.subscribe(1, 'worker.*'))
  publisher.say(says.publishNamed('worker.7'), says.publishNamed('worker.7'))
  link.receiver?.onClose()
  return link
}

test('two topics that alternate are each shared out to all of their group', () => {
  const publisher = broker.join()
  const workers = [broker.join(), broker.join()]
  for (const worker of workers) worker.say(says.subscribe(1, 'job.*', { group: 'g' }))
  for (let round = 0; round < 4; round++)
    publisher.say(says.publishNamed('job.a', 'a'), says.publishNamed('job.b', 'b'))
  expect(workers.map((worker) => payloads(worker).toSorted().join(''))).toEqual(['aabb', 'aabb'])
})

test('topics that are used once are shared out to a group, whatever is published between them', () => {
  const publisher = broker.join()
  const workers = [broker.join(), broker.join()]
  for (const worker of workers) worker.say(says.subscribe(1, 'job.*', { group: 'g' }))
  for (let id = 0; id < 10; id++) publisher.say(says.publishNamed(`job.${id}`), says.publishNamed(`log.${id}`))
  expect(workers.map((worker) => payloads(worker).length)).toEqual([5, 5])
})

test('a close gives up those that a drain still waits for', () => {
  const link = broker.join()
  void broker.core.drain(5_000)
  broker.clock.pass(100)
  expect(link.destroyed).toBe(false)
  void broker.core.close()
  broker.clock.pass(0)
  expect(link.destroyed).toBe(true)
})

test('closing tells every member, and ends when every link has closed', async () => {
  const links = [broker.join(), broker.join()]
  let closed = false
  const closing = broker.core.close().then(() => (closed = true))
  expect(links.map((link) => [link.ended, link.ofKind(FrameKind.CLOSE).length])).toEqual([
    [true, 1],
    [true, 1],
  ])
  broker.clock.pass(0)
  expect(links.map((link) => link.destroyed)).toEqual([true, true])
  await Promise.resolve()
  expect(closed).toBe(false)
  for (const link of links) link.receiver?.onClose()
  await closing
  expect(broker.clock.timers).toBe(0)
})
