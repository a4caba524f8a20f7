import { payloads } from './support/payloads.ts'
import { FrameKind, layout } from '@clusterbus/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import * as says from './support/says.ts'
import { TestBroker } from './support/test-broker.ts'

let broker: TestBroker

beforeEach(() => (broker = new TestBroker()))

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
