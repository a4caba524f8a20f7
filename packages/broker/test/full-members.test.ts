import { type BusError, FrameKind, layout, resolveLimits } from '@clusterbus/protocol'
import { FakeLink, ManualClock } from '@clusterbus/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import { BrokerCore } from '../src/core/broker-core.ts'
import * as says from './support/says.ts'

let clock: ManualClock
let core: BrokerCore
let reported: BusError[]
let full: FakeLink
let publisher: FakeLink

beforeEach(() => {
  clock = new ManualClock()
  reported = []
  const report = (error: BusError): number => reported.push(error)
  core = new BrokerCore({ limits: resolveLimits(), stallMs: 1_000, clock, report })
  full = join('full')
  full.say(says.subscribe(1, 'a'), says.subscribe(2, 'job', { group: 'g' }))
  publisher = join('publisher')
})

function join(name: string): FakeLink {
  const link = new FakeLink()
  core.accept(link, { name, pid: 1, kind: 'cluster' })
  return link
}

function saysFull(isFull: boolean): Buffer {
  return says.number(FrameKind.FULL, isFull ? 1 : 0)
}

/** What a publisher was asked, `true` for: wait. */
function holds(link: FakeLink): boolean[] {
  return link.ofKind(FrameKind.HOLD).map((frame) => layout.readU32(frame, 8) === 1)
}

describe('a member that says it is full', () => {
  test.each(['a', 'job'])('has those wait who publish %s to it, until it says otherwise', (topic) => {
    full.say(saysFull(true))
    publisher.say(says.publishNamed(topic), says.publishNamed(topic))
    expect(holds(publisher)).toEqual([true])
    full.say(saysFull(false))
    expect(holds(publisher)).toEqual([true, false])
    publisher.say(says.publishNamed(topic))
    expect(holds(publisher)).toEqual([true, false])
  })

  test('is given all the same what they publish, and their links are read', () => {
    full.say(saysFull(true))
    for (let count = 0; count < 5; count += 1) publisher.say(says.publishNamed('a'))
    const given = full.ofKind(FrameKind.PUBLISH).length + full.ofKind(FrameKind.PUBLISH_NAMED).length
    expect([given, publisher.paused]).toEqual([5, false])
  })

  test('does not concern who publishes to others, or asks it something', () => {
    full.say(says.subscribe(3, 'q', { responder: true }), saysFull(true))
    const other = join('other')
    other.say(says.subscribe(1, 'b'))
    publisher.say(says.publishNamed('b'), says.publishNamed('nobody'), says.request('q', 1))
    expect(holds(publisher)).toEqual([])
  })

  test('waits for itself when it publishes to itself', () => {
    full.say(saysFull(true), says.publishNamed('a'))
    expect(holds(full)).toEqual([true])
    full.say(saysFull(false))
    expect(holds(full)).toEqual([true, false])
  })

  test('is disconnected when it stays so while others wait', () => {
    full.say(saysFull(true))
    clock.pass(5_000)
    expect(reported).toEqual([])
    publisher.say(says.publishNamed('a'))
    clock.pass(1_000)
    expect(reported).toMatchObject([{ code: 'QUEUE_FULL', member: 1 }])
    expect(reported[0]?.message).toContain('a subscription of it stayed full for 1000 ms')
    expect(holds(publisher)).toEqual([true, false])
    expect(core.members().map(({ name }) => name)).toEqual(['publisher'])
  })

  test('lets everybody go on when it leaves', () => {
    full.say(saysFull(true))
    publisher.say(says.publishNamed('a'))
    full.receiver?.onClose()
    expect(holds(publisher)).toEqual([true, false])
  })

  test('is not disconnected when those who waited have gone', () => {
    full.say(saysFull(true))
    publisher.say(says.publishNamed('a'))
    publisher.receiver?.onClose()
    for (let passed = 0; passed < 3_000; passed += 100) {
      clock.pass(100)
      full.say(says.number(FrameKind.ALIVE, 0))
    }
    expect(reported).toEqual([])
  })
})

test('a member that makes room in the breath in which it publishes to itself is not held', () => {
  full.say(saysFull(true))
  full.say(Buffer.concat([says.publishNamed('a'), saysFull(false)]))
  expect(holds(full)).toEqual([])
})

test('a full member that does not answer any more holds nobody', () => {
  full.say(saysFull(true))
  for (let passed = 0; passed < 2_400; passed += 100) {
    clock.pass(100)
    publisher.say(says.number(FrameKind.ALIVE, 0))
  }
  publisher.say(says.publishNamed('a'))
  expect(holds(publisher)).toEqual([])
})

test('who feeds two full members goes on when both have room', () => {
  const second = join('second')
  second.say(says.subscribe(1, 'a'), saysFull(true))
  full.say(saysFull(true))
  publisher.say(says.publishNamed('a'))
  full.say(saysFull(false))
  expect(holds(publisher)).toEqual([true])
  second.say(saysFull(false))
  expect(holds(publisher)).toEqual([true, false])
})

test('saying it twice changes nothing, and saying it in other words closes the link', () => {
  full.say(saysFull(true), saysFull(true))
  publisher.say(says.publishNamed('a'))
  full.say(saysFull(false), saysFull(false))
  expect(holds(publisher)).toEqual([true, false])
  full.say(says.number(FrameKind.FULL, 2))
  expect(reported).toMatchObject([{ code: 'BAD_FRAME', member: 1 }])
})
