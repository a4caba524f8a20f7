import { FrameKind } from '@clusterbus/protocol'
import { FakeLink } from '@clusterbus/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import * as says from './support/says.ts'
import { TestBroker } from './support/test-broker.ts'

const heartbeatMs = 500
const silenceMs = 10_000

let broker: TestBroker

beforeEach(() => (broker = new TestBroker({ liveness: { heartbeatMs, silenceMs } })))

/** Time passes, in which `alive` answer all that they are asked. */
function pass(ms: number, ...alive: readonly FakeLink[]): void {
  for (let passed = 0; passed < ms; passed += 50) {
    const asked = alive.map((link) => link.ofKind(FrameKind.BEAT).length)
    broker.clock.pass(50)
    for (const [index, link] of alive.entries()) {
      if (link.ofKind(FrameKind.BEAT).length > (asked[index] ?? 0)) link.say(says.number(FrameKind.ALIVE, 0))
    }
  }
}

/** What a member was told about others, as `topic name`. */
function news(link: FakeLink): string[] {
  return link.ofKind(FrameKind.PUBLISH_NAMED).flatMap((frame) => {
    const text = frame.toString('latin1')
    const [, topic, name] = /(\$sys\.member\.\w+).*"name":"(\w+)"/.exec(text) ?? []
    return topic === undefined ? [] : [`${topic} ${name}`]
  })
}

function payloadsAt(link: FakeLink): number {
  return link.ofKind(FrameKind.PUBLISH).length + link.ofKind(FrameKind.PUBLISH_NAMED).length
}

describe('a member that has nothing to say', () => {
  test('is asked once in an interval, and is left alone as long as it answers', () => {
    const quiet = broker.join('quiet')
    pass(60_000, quiet)
    const beats = quiet.ofKind(FrameKind.BEAT).length
    expect(beats).toBeGreaterThan(50)
    expect(beats).toBeLessThanOrEqual(60_000 / heartbeatMs)
    expect(broker.reported).toEqual([])
    expect(broker.core.members()).toHaveLength(1)
  })

  test('is not asked while it speaks', () => {
    const busy = broker.join('busy')
    for (let round = 0; round < 100; round += 1) {
      broker.clock.pass(100)
      busy.say(says.publishNamed('a'))
    }
    expect(busy.ofKind(FrameKind.BEAT)).toEqual([])
  })

  test('leaves no timer behind when it has gone', () => {
    const link = broker.join('someone')
    pass(2_000, link)
    link.receiver?.onClose()
    pass(heartbeatMs)
    expect(broker.clock.timers).toBe(0)
  })
})

describe('a member that does not answer', () => {
  test('is suspect after three intervals, and all who ask hear of it', () => {
    const watcher = broker.join('watcher')
    watcher.say(says.subscribe(1, '$sys.member.*'))
    broker.join('stopped')
    pass(1_900, watcher)
    expect(news(watcher)).toEqual(['$sys.member.joined stopped'])
    pass(200, watcher)
    expect(news(watcher)).toEqual(['$sys.member.joined stopped', '$sys.member.suspect stopped'])
  })

  test('is no suspect any more when it says anything', () => {
    const watcher = broker.join('watcher')
    watcher.say(says.subscribe(1, '$sys.member.*'))
    const stopped = broker.join('stopped')
    pass(5_000, watcher)
    stopped.say(says.publishNamed('a'))
    expect(news(watcher).slice(1)).toEqual(['$sys.member.suspect stopped', '$sys.member.recovered stopped'])
    pass(60_000, watcher, stopped)
    expect(broker.reported).toEqual([])
  })

  test('is disconnected when it stays silent, and what waited for it is counted', () => {
    const watcher = broker.join('watcher')
    watcher.say(says.subscribe(1, '$sys.member.*'))
    const stopped = broker.join('stopped')
    stopped.say(says.subscribe(1, 'a'))
    stopped.takes = false
    pass(1_000, watcher)
    watcher.say(says.publishNamed('a'), says.publishNamed('a'))
    pass(silenceMs, watcher)

    expect(broker.reported).toMatchObject([{ code: 'TIMEOUT', member: 2, timeoutMs: silenceMs }])
    expect(broker.reported[0]?.message).toMatch(
      /^member 2 \("stopped"\) was disconnected, because it did not answer for/,
    )
    expect(news(watcher).at(-1)).toBe('$sys.member.left stopped')
    expect(broker.core.stats()).toMatchObject({
      members: 1,
      silenced: 1,
      overflowed: 0,
      dropped: broker.reported[0]?.lost,
    })
    broker.clock.pass(2_000)
    expect(stopped.destroyed).toBe(true)
  })

  test('gets no work of its groups while others can do it, and gets it again when it has recovered', () => {
    const [publisher, able, stopped] = [broker.join('publisher'), broker.join('able'), broker.join('stopped')]
    for (const link of [able, stopped]) link.say(says.subscribe(1, 'job.*', { group: 'g' }))
    pass(2_500, publisher, able)
    for (let job = 0; job < 10; job += 1) publisher.say(says.publishNamed(`job.${job}`))
    expect([payloadsAt(able), payloadsAt(stopped)]).toEqual([10, 0])
    stopped.say(says.number(FrameKind.ALIVE, 0))
    for (let job = 0; job < 10; job += 1) publisher.say(says.publishNamed(`job.${job}`))
    expect([payloadsAt(able), payloadsAt(stopped)]).toEqual([15, 5])
  })

  test('gets the work all the same when nobody else is there', () => {
    const [publisher, stopped] = [broker.join('publisher'), broker.join('stopped')]
    stopped.say(says.subscribe(1, 'job', { group: 'g' }))
    pass(2_500, publisher)
    publisher.say(says.publishNamed('job'))
    expect(payloadsAt(stopped)).toBe(1)
  })

  test.each([undefined, 'g'])('is not asked while others can answer, in group %s', (group) => {
    const [asker, able, stopped] = [broker.join('asker'), broker.join('able'), broker.join('stopped')]
    const options = { responder: true, ...(group === undefined ? {} : { group }) }
    for (const link of [able, stopped]) link.say(says.subscribe(1, 'q', options))
    asker.say(says.request('q', 1), says.request('q', 2))
    expect(stopped.ofKind(FrameKind.REQUEST)).toHaveLength(1)
    pass(2_500, asker, able)
    for (let number = 3; number < 9; number += 1) asker.say(says.request('q', number))
    expect(stopped.ofKind(FrameKind.REQUEST)).toHaveLength(1)
    expect(able.ofKind(FrameKind.REQUEST)).toHaveLength(7)
  })
})

describe('a thread that computes', () => {
  /** A member that is a thread. */
  function joinThread(closesAtEnd: boolean): FakeLink {
    const link = new FakeLink()
    broker.core.accept(link, { name: 'thread', pid: 1, kind: 'thread', thread: 3, closesAtEnd })
    return link
  }

  /** A thread that has been asked for something, by a member that hears what becomes of it. */
  function askThread(): { watcher: FakeLink; thread: FakeLink } {
    const watcher = broker.join('watcher')
    watcher.say(says.subscribe(1, '$sys.member.*'))
    const thread = joinThread(true)
    thread.say(says.subscribe(1, 'q', { responder: true }))
    watcher.say(says.request('q', 1))
    return { watcher, thread }
  }

  test('is suspect, is not disconnected however long that takes, and recovers', () => {
    const { watcher, thread } = askThread()
    pass(600_000, watcher)
    expect(broker.reported).toEqual([])
    expect(broker.core.members()).toHaveLength(2)
    thread.say(says.number(FrameKind.ALIVE, 0))
    expect(news(watcher)).toEqual(['joined', 'suspect', 'recovered'].map((each) => `$sys.member.${each} thread`))
  })

  test('leaves when its link closes, which ends what waits for it', () => {
    const { watcher, thread } = askThread()
    pass(60_000, watcher)
    expect(broker.core.stats().pendingRequests).toBe(1)
    thread.receiver?.onClose()
    expect(news(watcher).at(-1)).toBe('$sys.member.left thread')
    expect(broker.core.stats()).toMatchObject({ members: 1, pendingRequests: 0 })
  })

  test('costs no more than its limit meanwhile', () => {
    broker = new TestBroker({ liveness: { heartbeatMs, silenceMs }, limits: { queuedBytes: 100_000 } })
    const publisher = broker.join('publisher')
    const thread = joinThread(true)
    thread.say(says.subscribe(1, 'a'))
    thread.takes = false
    pass(60_000, publisher)
    for (let count = 0; count < 110; count += 1) publisher.say(says.publishNamed('a', 'x'.repeat(1_000)))
    expect(publisher.paused).toBe(false)
    expect(broker.reported).toMatchObject([{ code: 'QUEUE_FULL', member: 2 }])
  })

  test('is disconnected when it may be silent for so long and no longer', () => {
    broker = new TestBroker({ liveness: { heartbeatMs, silenceMs, threadSilenceMs: 20_000 } })
    joinThread(true)
    pass(19_000)
    expect(broker.reported).toEqual([])
    pass(3_000)
    expect(broker.reported).toMatchObject([{ code: 'TIMEOUT', member: 1, timeoutMs: 20_000 }])
  })

  test('is a member like all others where nobody might hear of its end', () => {
    joinThread(false)
    pass(silenceMs + 2_000)
    expect(broker.reported).toMatchObject([{ code: 'TIMEOUT', member: 1, timeoutMs: silenceMs }])
  })
})

describe('a broker that was away itself', () => {
  test.each([60_000, 86_400_000])('for %d ms takes nobody for silent', (awayMs) => {
    const [one, other] = [broker.join('one'), broker.join('other')]
    pass(700, one)
    broker.clock.pass(awayMs)
    for (const link of [one, other]) link.say(says.number(FrameKind.ALIVE, 0))
    pass(60_000, one, other)
    expect(broker.reported).toEqual([])
    expect(broker.core.members()).toHaveLength(2)
  })
})

describe('a member whose queue is too full', () => {
  /** A publisher that has filled the queue of `receiver`, and waits for it. */
  function fill(receiver: FakeLink, publisher: FakeLink): void {
    receiver.say(says.subscribe(1, 'a'))
    receiver.takes = false
    for (let count = 0; count < 40; count += 1) publisher.say(says.publishNamed('a', 'x'.repeat(1_000)))
  }

  beforeEach(
    () => (broker = new TestBroker({ liveness: { heartbeatMs, silenceMs }, limits: { queuedBytes: 100_000 } })),
  )

  test('and who speaks is waited for', () => {
    const [publisher, slow] = [broker.join('publisher'), broker.join('slow')]
    fill(slow, publisher)
    expect(publisher.paused).toBe(true)
    for (let passed = 0; passed < 900; passed += 100) {
      broker.clock.pass(100)
      slow.say(says.number(FrameKind.ALIVE, 0))
      expect(publisher.paused).toBe(true)
    }
  })

  test('and who is silent is not, and fills its queue', () => {
    const [publisher, stopped] = [broker.join('publisher'), broker.join('stopped')]
    fill(stopped, publisher)
    pass(600, publisher)
    expect(publisher.paused).toBe(false)
    for (let count = 0; count < 50; count += 1) {
      expect(publisher.paused).toBe(false)
      publisher.say(says.publishNamed('a', 'x'.repeat(1_000)))
    }
    pass(2_000, publisher)
    expect(broker.reported).toEqual([])
    for (let count = 0; count < 10; count += 1) publisher.say(says.publishNamed('a', 'x'.repeat(1_000)))
    expect(broker.reported).toMatchObject([{ code: 'QUEUE_FULL', member: 2 }])
  })

  test('and who has taken and said nothing for long before that, is not waited for at all', () => {
    const [publisher, stopped] = [broker.join('publisher'), broker.join('stopped')]
    stopped.say(says.subscribe(1, 'a'))
    stopped.takes = false
    publisher.say(says.publishNamed('a', 'little'))
    pass(600, publisher)
    for (let count = 0; count < 90; count += 1) {
      publisher.say(says.publishNamed('a', 'x'.repeat(1_000)))
      expect(publisher.paused).toBe(false)
    }
  })

  test('and who had nothing to say before a burst came, is waited for', () => {
    const [publisher, idle] = [broker.join('publisher'), broker.join('idle')]
    pass(400, publisher)
    fill(idle, publisher)
    broker.clock.pass(400)
    expect(publisher.paused).toBe(true)
  })

  test('and who speaks again is waited for again, and disconnected after the stall', () => {
    const [publisher, stopped] = [broker.join('publisher'), broker.join('stopped')]
    fill(stopped, publisher)
    pass(600, publisher)
    stopped.say(says.number(FrameKind.ALIVE, 0))
    publisher.say(says.publishNamed('a', 'x'))
    expect(publisher.paused).toBe(true)
    for (let passed = 0; passed < 1_000; passed += 100) {
      stopped.say(says.number(FrameKind.ALIVE, 0))
      broker.clock.pass(100)
    }
    expect(broker.reported).toMatchObject([{ code: 'QUEUE_FULL', member: 2 }])
    expect(publisher.paused).toBe(false)
  })
})

test('a member that is held back is not taken for silent: it is not read from', () => {
  broker = new TestBroker({ liveness: { heartbeatMs, silenceMs }, limits: { queuedBytes: 100_000 }, stallMs: 60_000 })
  const [publisher, slow] = [broker.join('publisher'), broker.join('slow')]
  slow.say(says.subscribe(1, 'a'))
  slow.takes = false
  for (let count = 0; count < 40; count += 1) publisher.say(says.publishNamed('a', 'x'.repeat(1_000)))
  for (let passed = 0; passed < 20_000; passed += 100) {
    broker.clock.pass(100)
    slow.say(says.number(FrameKind.ALIVE, 0))
  }
  expect([publisher.paused, broker.reported]).toEqual([true, []])
})

test.each([8, 11, 13, 20])('an ALIVE of %d bytes closes the link', (length) => {
  const link = broker.join('someone')
  const frame = Buffer.alloc(length)
  frame.writeUInt32LE(length)
  frame[4] = FrameKind.ALIVE
  link.say(frame)
  expect(broker.reported).toMatchObject([{ code: 'BAD_FRAME', member: 1 }])
})
