import { payloads } from './support/payloads.ts'
import { FrameKind } from '@clusterbus/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { type FakeLink } from '@clusterbus/testkit'
import * as says from './support/says.ts'
import { TestBroker } from './support/test-broker.ts'

let broker: TestBroker

beforeEach(() => (broker = new TestBroker()))

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
