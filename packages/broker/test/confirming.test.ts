import { FrameKind, layout } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import * as says from './support/says.ts'
import { TestBroker } from './support/test-broker.ts'
import { withoutTopics as transcript } from './support/transcript.ts'

let broker: TestBroker

beforeEach(() => (broker = new TestBroker()))

function join(...subscriptions: Buffer[]): FakeLink {
  const link = broker.join()
  if (subscriptions.length > 0) link.say(Buffer.concat(subscriptions))
  return link
}

/** What the link was told, without topics and messages. */
function told(link: FakeLink): string[] {
  return transcript(link).filter((line) => line.startsWith('CONFIRMED'))
}

const routed = (number: number, topic = 'a'): Buffer => says.confirm(number, says.publishNamed(topic, 'x'), false)
const handled = (number: number, topic = 'a'): Buffer => says.confirm(number, says.publishNamed(topic, 'x'))

describe('a message that is to be routed', () => {
  test('is confirmed at once, to its publisher, with those who got it', () => {
    const publisher = join(says.subscribe(1, 'a'))
    const subscriber = join(says.subscribe(1, '*'), says.subscribe(2, 'a'))
    publisher.say(routed(7))
    expect(transcript(publisher)).toEqual(['NAMED 1 x', 'CONFIRMED 7 2 2 0 0'])
    expect(transcript(subscriber)).toEqual(['NAMED 1 x'])
    expect(broker.core.stats()).toMatchObject({ published: 1, delivered: 2, pendingRequests: 0 })
  })

  test('comes between what was published before and after it', () => {
    const publisher = join(says.subscribe(1, '>'))
    publisher.say(Buffer.concat([says.publishNamed('a', '1'), routed(7), says.publishNamed('c', '2')]))
    expect(transcript(publisher)).toEqual(['NAMED 1 1', 'NAMED 1 x', 'CONFIRMED 7 1 1 0 0', 'NAMED 1 2'])
  })

  test.each([true, false])('went to nobody when nobody subscribes, to be handled: %s', (toHandle) => {
    const publisher = join()
    publisher.say(says.confirm(7, says.publishNamed('a'), toHandle))
    expect(told(publisher)).toEqual(['CONFIRMED 7 0 0 0 0'])
    expect(broker.core.stats()).toMatchObject({ unheard: 1, pendingRequests: 0 })
  })

  test('passes over its publisher when that does not want to hear itself', () => {
    const publisher = join(says.subscribe(1, 'a'))
    publisher.say(says.confirm(7, says.publishNamed('a', '', layout.flagNoEcho)))
    expect(transcript(publisher)).toEqual(['CONFIRMED 7 0 0 0 0'])
  })

  test('may go by number', () => {
    const publisher = join(says.subscribe(1, 'a'))
    publisher.say(Buffer.concat([says.publishNamed('a'), says.publishNamed('a')]))
    publisher.say(says.confirm(7, says.publishNumbered(1, 'numbered'), false))
    expect(transcript(publisher).slice(-2)).toEqual(['PUBLISH 1 numbered', 'CONFIRMED 7 1 1 0 0'])
  })
})

describe('a message that is to be handled', () => {
  test('is confirmed when all who got it have said, each for itself', () => {
    const publisher = join()
    const members = [join(says.subscribe(1, 'a')), join(says.subscribe(1, 'a')), join(says.subscribe(1, 'a'))]
    publisher.say(handled(7))
    members[0]?.say(says.settled(1, 7))
    members[1]?.say(says.settled(1, 7, true))
    expect(told(publisher)).toEqual([])
    members[2]?.receiver?.onClose()
    expect(told(publisher)).toEqual(['CONFIRMED 7 3 1 1 1'])
    expect(broker.core.stats().pendingRequests).toBe(0)
  })

  test('has PICK, TRACK and the message in that order, with nothing in between', () => {
    const publisher = join(says.shape(0, 'as described'))
    const worker = join(says.subscribe(1, 'a', { group: 'g' }))
    publisher.say(says.confirm(7, says.publishNamed('a', 'x', layout.flagShaped)))
    expect(transcript(worker)).toEqual(['SHAPE 1.0 as described', 'PICK', 'TRACK 1.7', 'NAMED 1 x'])
  })

  test('does not take a turn of groups that there are not yet', () => {
    const publisher = join(says.subscribe(1, 'a'))
    publisher.say(handled(1))
    const [first, second] = [join(says.subscribe(1, 'a', { group: 'g' })), join(says.subscribe(1, 'a', { group: 'g' }))]
    publisher.say(handled(2))
    expect([first, second].map((link) => link.ofKind(FrameKind.PICK).length)).toEqual([1, 0])
  })

  test('waits no more when its publisher gives up, and what is said of it later is nobody’s', () => {
    const publisher = join()
    const subscriber = join(says.subscribe(1, 'a'))
    publisher.say(Buffer.concat([handled(7), says.number(FrameKind.CANCEL, 7)]))
    expect(broker.core.stats().pendingRequests).toBe(0)
    subscriber.say(says.settled(1, 7))
    expect(told(publisher)).toEqual([])
    publisher.say(handled(7))
    subscriber.say(says.settled(1, 7))
    expect(told(publisher)).toEqual(['CONFIRMED 7 1 1 0 0'])
  })

  test('leaves nothing behind when its publisher goes away', () => {
    const publisher = join(says.subscribe(1, 'a'))
    const subscriber = join(says.subscribe(1, 'a'))
    publisher.say(handled(7))
    publisher.receiver?.onClose()
    subscriber.say(says.settled(1, 7))
    subscriber.receiver?.onClose()
    expect(broker.core.stats()).toMatchObject({ pendingRequests: 0, members: 0 })
    expect(broker.reported).toEqual([])
  })

  test('is gone with a member that is disconnected for not taking it', () => {
    broker = new TestBroker({ limits: { queuedBytes: 1_000 } })
    const publisher = join()
    const full = join(says.subscribe(1, 'a'))
    full.takes = false
    full.bufferedBytes = 2_000
    publisher.say(handled(7))
    expect(told(publisher)).toEqual(['CONFIRMED 7 1 0 0 1'])
  })
})

describe('SETTLED', () => {
  test.each([
    ['by a member that was not asked', [], [says.settled(1, 7)]],
    ['for another number', [says.settled(1, 8)], []],
    ['for another publisher', [says.settled(2, 7)], []],
    ['for a member that is none', [says.settled(99, 7)], []],
  ])('%s changes nothing', (_, byTheAsked, byTheStranger) => {
    const publisher = join()
    const asked = join(says.subscribe(1, 'a'))
    const stranger = join()
    publisher.say(handled(7))
    asked.say(...byTheAsked)
    stranger.say(...byTheStranger)
    expect(told(publisher)).toEqual([])
    asked.say(says.settled(1, 7))
    expect(told(publisher)).toEqual(['CONFIRMED 7 1 1 0 0'])
  })

  test('counts once, however often it is said', () => {
    const publisher = join()
    const twice = join(says.subscribe(1, 'a'))
    const once = join(says.subscribe(1, 'a'))
    publisher.say(handled(7))
    twice.say(says.settled(1, 7), says.settled(1, 7, true), says.settled(1, 7))
    expect(told(publisher)).toEqual([])
    twice.receiver?.onClose()
    once.say(says.settled(1, 7))
    expect(told(publisher)).toEqual(['CONFIRMED 7 2 2 0 0'])
  })

  test.each([
    ['cut off', says.settled(1, 7).subarray(0, 12)],
    ['with bytes behind it', Buffer.concat([says.settled(1, 7), Buffer.alloc(4)])],
  ])('%s closes that link', (_, bytes) => {
    const frame = Buffer.from(bytes)
    layout.writeU32(frame, 0, frame.length)
    const member = join()
    member.say(frame)
    expect(broker.reported.map(({ code }) => code)).toEqual(['BAD_FRAME'])
  })

  test('with foreign flags closes that link', () => {
    const frame = says.settled(1, 7)
    frame[5] = 1
    join().say(frame)
    expect(broker.reported.map(({ code }) => code)).toEqual(['BAD_FRAME'])
  })
})

describe('CONFIRM', () => {
  const inner = says.publishNamed('a', 'x')
  const altered = (at: number, value: number, frame = says.confirm(7, inner)): Buffer => {
    frame[at] = value
    return frame
  }

  test.each([
    ['of a CONFIRM', says.confirm(7, says.confirm(8, inner))],
    ['of a SUBSCRIBE', says.confirm(7, says.subscribe(1, 'a'))],
    ['of a REQUEST', says.confirm(7, says.request('a', 8))],
    ['of nothing', says.confirm(7, Buffer.alloc(0))],
    ['of two messages', says.confirm(7, Buffer.concat([inner, inner]))],
    ['of half a message', says.confirm(7, inner.subarray(0, inner.length - 1))],
    ['of a longer message than it holds', altered(layout.confirmBytes, 200)],
    ['with foreign flags', altered(5, 2)],
    ['of a message with foreign flags', altered(layout.confirmBytes + 5, 128)],
    ['of a message with an eighth byte', altered(layout.confirmBytes + 7, 1)],
    ['of a message of the broker’s', says.confirm(7, says.publishNamed('$sys.member.left'))],
    ['of a message by a number that was not told', says.confirm(7, says.publishNumbered(3))],
    ['of a message that refers to no shapes', says.confirm(7, says.publishNamed('a', '', layout.flagShaped))],
    ['of a message whose number waits already', Buffer.concat([handled(7), handled(7)])],
  ])('%s closes that link, and nobody hears of it', (_, bytes) => {
    const subscriber = join(says.subscribe(1, 'a'))
    const member = join()
    member.say(bytes)
    expect(broker.reported.map(({ code }) => code)).toEqual(['BAD_FRAME'])
    expect(member.ended).toBe(true)
    expect(told(member)).toEqual([])
    expect(broker.core.stats().pendingRequests).toBe(0)
    expect(subscriber.ended).toBe(false)
  })

  test('with the number of a request that waits closes that link', () => {
    join(says.subscribe(1, 'a', { responder: true }))
    const member = join()
    member.say(says.request('a', 7), handled(7))
    expect(broker.reported.map(({ code }) => code)).toEqual(['BAD_FRAME'])
  })

  test('is refused, and the message not routed, when the member waits for as much as it may', () => {
    broker = new TestBroker({ limits: { pendingRequests: 2 } })
    const subscriber = join(says.subscribe(1, 'a'), says.subscribe(2, 'b', { responder: true }))
    const publisher = join()
    publisher.say(handled(1), says.request('b', 2), handled(3))
    const [refusal] = publisher.ofKind(FrameKind.REPLY)
    expect(refusal?.readUInt32LE(layout.requestAt)).toBe(3)
    expect(refusal?.toString()).toContain('QUEUE_FULL')
    expect(subscriber.ofKind(FrameKind.PUBLISH_NAMED)).toHaveLength(1)
    subscriber.say(says.settled(2, 1))
    publisher.say(handled(3))
    expect(subscriber.ofKind(FrameKind.PUBLISH_NAMED)).toHaveLength(2)
  })

  test('around the longest message that may be published is taken', () => {
    broker = new TestBroker({ limits: { payloadBytes: 100 } })
    const publisher = join()
    publisher.say(says.confirm(7, says.publishNamed('t'.repeat(255), 'x'.repeat(100))))
    expect(told(publisher)).toEqual(['CONFIRMED 7 0 0 0 0'])
  })
})
