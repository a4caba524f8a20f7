import { type BusError, FrameKind, layout, resolveLimits, type Limits } from '@clusterbus/protocol'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeEach, describe, expect, test } from 'vitest'
import { BrokerCore } from '../src/core/broker-core.ts'
import { FakeLink, ManualClock } from '@clusterbus/testkit'
import * as says from './support/says.ts'

let clock: ManualClock
let core: BrokerCore
let reported: BusError[]

beforeEach(() => start())

function start(limits: Partial<Limits> = {}): void {
  clock = new ManualClock()
  reported = []
  const report = (error: BusError): number => reported.push(error)
  core = new BrokerCore({ limits: resolveLimits(limits), stallMs: 1_000, clock, report })
}

function join(): FakeLink {
  const link = new FakeLink()
  core.accept(link, { name: 'someone', pid: 1, kind: 'cluster' })
  return link
}

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
    const publisher = join()
    publisher.say(says.publishNamed('a', '1'))
    expect(publisher.ofKind(FrameKind.TOPIC)).toEqual([])
    publisher.say(says.publishNamed('a', '2'))
    expect(publisher.ofKind(FrameKind.TOPIC)).toHaveLength(1)
    expect(core.stats().topics).toBe(1)
  })

  test('a receiver is told the number before the first message that uses it', () => {
    const publisher = join()
    publisher.say(says.publishNamed('a'), says.publishNamed('a'))
    const late = join()
    late.say(says.subscribe(1, '*'))
    publisher.say(says.publishNumbered(1, 'x'))
    const kinds = late.frames.map((frame) => frame[4])
    expect(kinds.slice(-2)).toEqual([FrameKind.TOPIC, FrameKind.PUBLISH])
  })

  test('a number that was not told to this member closes its link', () => {
    const publisher = join()
    publisher.say(says.publishNamed('a'), says.publishNamed('a'))
    const stranger = join()
    stranger.say(says.publishNumbered(1, 'x'))
    expect(reported.map(({ code }) => code)).toEqual(['BAD_FRAME'])
    expect(stranger.ofKind(FrameKind.CLOSE)).toHaveLength(1)
    expect(stranger.ended).toBe(true)
    expect(publisher.ended).toBe(false)
  })

  test('a number is given again only when all who knew it have let go of it', () => {
    start({ topicNames: 1 })
    const publisher = join()
    const other = join()
    const subscriber = join()
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
    expect(reported).toEqual([])
  })

  test('a sweep that withdraws many numbers asks every member that knows each of them', () => {
    start({ topicNames: 64 })
    const publisher = join()
    const subscriber = join()
    subscriber.say(says.subscribe(1, 'old.*'))
    for (let index = 0; index < 64; index++) {
      publisher.say(says.publishNamed(`old.${index}`), says.publishNamed(`old.${index}`))
    }
    expect(core.stats().topics).toBe(64)
    // Nothing old is used any more, and as many new topics as it takes are refused a number, twice.
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 64; index++) {
        publisher.say(says.publishNamed(`new.${round}.${index}`), says.publishNamed(`new.${round}.${index}`))
      }
    }
    for (const member of [publisher, subscriber]) {
      expect(new Set(member.ofKind(FrameKind.FORGET).map((frame) => layout.readU32(frame, 8))).size).toBe(8)
    }
    expect(core.stats().topics).toBe(64)
    expect(reported).toEqual([])
  })

  test('a member that goes away holds no number back', () => {
    start({ topicNames: 1 })
    const publisher = join()
    const other = join()
    publisher.say(says.publishNamed('a'), says.publishNamed('a'))
    for (let round = 0; round < 3; round++) other.say(says.publishNamed('b'), says.publishNamed('b'))
    expect(core.stats().topics).toBe(1)
    publisher.receiver?.onClose()
    expect(core.stats().topics).toBe(0)
  })

  test('topics that are used once are not kept', () => {
    const publisher = join()
    for (let index = 0; index < 20_000; index++) publisher.say(says.publishNamed(`once.${index}`))
    expect(core.stats().topics).toBe(0)
  })
})

describe('a request', () => {
  test('is answered only by the member that was asked', () => {
    const requester = join()
    const responder = join()
    const stranger = join()
    responder.say(says.subscribe(1, 'a', { responder: true }))
    requester.say(says.request('a', 7))
    stranger.say(says.reply(1, 7, 'forged'))
    expect(requester.ofKind(FrameKind.REPLY)).toEqual([])
    responder.say(says.reply(1, 7, 'true'))
    responder.say(says.reply(1, 7, 'again'))
    expect(requester.ofKind(FrameKind.REPLY).map((frame) => frame.toString('utf8', layout.requestBytes))).toEqual([
      'true',
    ])
    expect(core.stats().pendingRequests).toBe(0)
  })

  test('fails when its responder goes away, and leaves nothing when its requester does', () => {
    const requester = join()
    const responder = join()
    responder.say(says.subscribe(1, 'a', { responder: true }))
    requester.say(says.request('a', 1), says.request('a', 2))
    expect(core.stats().pendingRequests).toBe(2)
    responder.receiver?.onClose()
    expect(requester.ofKind(FrameKind.REPLY).map((frame) => frame.toString('utf8'))).toEqual([
      expect.stringContaining('RESPONDER_LOST'),
      expect.stringContaining('RESPONDER_LOST'),
    ])
    const second = join()
    second.say(says.subscribe(1, 'a', { responder: true }))
    requester.say(says.request('a', 3))
    requester.receiver?.onClose()
    expect(core.stats()).toMatchObject({ pendingRequests: 0, members: 1 })
  })
})

describe('back-pressure', () => {
  /** A member whose queue is over its mark of a quarter of the limit, and the one that feeds it. */
  function overfull(): { slow: FakeLink; feeder: FakeLink } {
    start({ queuedBytes: 8_000_000 })
    const slow = join()
    const feeder = join()
    slow.say(says.subscribe(1, 'busy'))
    slow.takes = false
    slow.bufferedBytes = 3_000_000
    feeder.say(says.publishNamed('busy', 'x'))
    return { slow, feeder }
  }

  test('holds back whoever feeds a full queue, and nobody else, until there is room', () => {
    const { slow, feeder } = overfull()
    const bystander = join()
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
    expect(clock.timers).toBe(1)
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
    const other = join()
    other.say(says.publishNamed('busy', 'x'))
    expect(other.paused).toBe(false)
  })

  test('ends with a member that makes no room in time, and lets go of its feeders', () => {
    const { slow, feeder } = overfull()
    for (let passed = 0; passed < 999; passed += 111) {
      clock.pass(111)
      slow.say(says.number(FrameKind.ALIVE, 0))
    }
    expect(reported).toEqual([])
    clock.pass(1)
    expect(reported.map(({ code, member }) => [code, member])).toEqual([['QUEUE_FULL', 1]])
    expect(feeder.paused).toBe(false)
    expect(core.members().map(({ id }) => id)).toEqual([2])
  })

  test('does not end with a member whose feeders have gone', () => {
    const { feeder } = overfull()
    feeder.receiver?.onClose()
    clock.pass(1_000)
    expect(reported).toEqual([])
    expect(core.members()).toHaveLength(1)
  })

  test('counts what a member that is over its limit does not get', () => {
    start({ queuedBytes: 1_000 })
    const slow = join()
    const feeder = join()
    slow.say(says.subscribe(1, 'busy'))
    slow.takes = false
    for (let index = 0; index < 12; index++) feeder.say(says.publishNamed('busy', 'x'.repeat(100)))
    expect(reported.map(({ code }) => code)).toEqual(['QUEUE_FULL'])
    const { delivered, dropped, overflowed } = core.stats()
    expect(overflowed).toBe(1)
    expect(payloads(slow)).toHaveLength(delivered - dropped)
  })
})

test('a member that leaves takes its subscriptions along, and the others hear of it', () => {
  const watcher = join()
  watcher.say(says.subscribe(1, '$sys.member.*'))
  const member = join()
  member.say(says.subscribe(1, 'a'), says.subscribe(2, 'b.*'), says.subscribe(3, 'c', { group: 'g' }))
  expect(core.stats().subscriptions).toBe(4)
  member.receiver?.onClose(new Error('torn'))
  expect(core.stats()).toMatchObject({ subscriptions: 1, members: 1 })
  expect(payloads(watcher).map((text) => JSON.parse(text))).toEqual([
    { id: 2, name: 'someone', pid: 1, kind: 'cluster' },
    { id: 2, name: 'someone', pid: 1, kind: 'cluster', reason: 'torn' },
  ])
})

test('a member that is gone is not held on to by the topics it took', async () => {
  const publisher = join()
  const link = new WeakRef(joinAndGo(publisher))
  await collectGarbage()
  expect(link.deref()).toBeUndefined()
  expect(core.stats()).toMatchObject({ members: 1, topics: 1 })
})

/** Takes a topic by a wildcard, gets a message, and goes. */
function joinAndGo(publisher: FakeLink): FakeLink {
  const link = join()
  link.say(says.subscribe(1, 'worker.*'))
  publisher.say(says.publishNamed('worker.7'), says.publishNamed('worker.7'))
  link.receiver?.onClose()
  return link
}

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  // What a WeakRef has shown stays for the turn.
  await new Promise(setImmediate)
  if (typeof collect === 'function') collect()
}

test('two topics that alternate are each shared out to all of their group', () => {
  const publisher = join()
  const workers = [join(), join()]
  for (const worker of workers) worker.say(says.subscribe(1, 'job.*', { group: 'g' }))
  for (let round = 0; round < 4; round++)
    publisher.say(says.publishNamed('job.a', 'a'), says.publishNamed('job.b', 'b'))
  expect(workers.map((worker) => payloads(worker).toSorted().join(''))).toEqual(['aabb', 'aabb'])
})

test('topics that are used once are shared out to a group, whatever is published between them', () => {
  const publisher = join()
  const workers = [join(), join()]
  for (const worker of workers) worker.say(says.subscribe(1, 'job.*', { group: 'g' }))
  for (let id = 0; id < 10; id++) publisher.say(says.publishNamed(`job.${id}`), says.publishNamed(`log.${id}`))
  expect(workers.map((worker) => payloads(worker).length)).toEqual([5, 5])
})

test('a close gives up those that a drain still waits for', () => {
  const link = join()
  void core.drain(5_000)
  clock.pass(100)
  expect(link.destroyed).toBe(false)
  void core.close()
  clock.pass(0)
  expect(link.destroyed).toBe(true)
})

test('closing tells every member, and ends when every link has closed', async () => {
  const links = [join(), join()]
  let closed = false
  const closing = core.close().then(() => (closed = true))
  expect(links.map((link) => [link.ended, link.ofKind(FrameKind.CLOSE).length])).toEqual([
    [true, 1],
    [true, 1],
  ])
  clock.pass(0)
  expect(links.map((link) => link.destroyed)).toEqual([true, true])
  await Promise.resolve()
  expect(closed).toBe(false)
  for (const link of links) link.receiver?.onClose()
  await closing
  expect(clock.timers).toBe(0)
})
