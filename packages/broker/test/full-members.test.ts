import { FrameKind, layout } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import * as says from './support/says.ts'
import { TestBroker } from './support/test-broker.ts'

let broker: TestBroker
let full: FakeLink
let publisher: FakeLink

beforeEach(() => {
  broker = new TestBroker()
  full = broker.join('full')
  full.say(says.subscribe(1, 'a'), says.subscribe(2, 'job', { group: 'g' }))
  publisher = broker.join('publisher')
})

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
    const other = broker.join('other')
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
    broker.clock.pass(5_000)
    expect(broker.reported).toEqual([])
    publisher.say(says.publishNamed('a'))
    broker.clock.pass(1_000)
    expect(broker.reported).toMatchObject([{ code: 'QUEUE_FULL', member: 1 }])
    expect(broker.reported[0]?.message).toContain('a subscription of it stayed full for 1000 ms')
    expect(holds(publisher)).toEqual([true, false])
    expect(broker.core.members().map(({ name }) => name)).toEqual(['publisher'])
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
      broker.clock.pass(100)
      full.say(says.number(FrameKind.ALIVE, 0))
    }
    expect(broker.reported).toEqual([])
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
    broker.clock.pass(100)
    publisher.say(says.number(FrameKind.ALIVE, 0))
  }
  publisher.say(says.publishNamed('a'))
  expect(holds(publisher)).toEqual([])
})

test('who feeds two full members goes on when both have room', () => {
  const second = broker.join('second')
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
  expect(broker.reported).toMatchObject([{ code: 'BAD_FRAME', member: 1 }])
})
