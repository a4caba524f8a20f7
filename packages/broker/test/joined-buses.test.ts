import { FrameKind } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import * as says from './support/says.ts'
import { TestBroker } from './support/test-broker.ts'
import { withoutTopics as transcript } from './support/transcript.ts'

let broker: TestBroker
let subscriber: FakeLink

beforeEach(() => {
  broker = new TestBroker()
  subscriber = broker.subscriber('a')
})

describe('a bus that comes over a new link while the broker still has the old one', () => {
  test('is one member, and what still lies on the old link is not routed behind what it says now', () => {
    const before = broker.join('bus', 'id')
    before.say(says.publishNamed('a', '1'))
    const after = broker.join('bus', 'id')
    after.say(says.publishNamed('a', '3'))
    before.say(says.publishNamed('a', '2'))
    expect(transcript(subscriber)).toEqual(['NAMED 2 1', 'NAMED 3 3'])
    expect(broker.core.members().map(({ id }) => id)).toEqual([1, 3])
    expect(transcript(before)).toEqual(['CLOSE'])
    before.receiver?.onClose()
    after.say(says.publishNamed('a', '4'))
    expect(transcript(subscriber).at(-1)).toBe('NAMED 3 4')
    expect(broker.reported).toEqual([])
  })

  test('ends what it had asked for and was asked', () => {
    const responder = broker.join('bus', 'id')
    responder.say(says.subscribe(1, 'q', { responder: true }))
    subscriber.say(says.request('q', 7))
    broker.join('bus', 'id')
    expect(subscriber.ofKind(FrameKind.REPLY)).toHaveLength(1)
    expect(broker.core.stats().pendingRequests).toBe(0)
  })

  test.each(['before', 'after'])('is not waited for by invalidations, if its old link closes %s that', (when) => {
    const holds = [says.cache(1, 'users'), says.number(FrameKind.RENEW, 1)]
    const one = broker.join()
    one.say(...holds)
    const before = broker.join('bus', 'id')
    before.say(...holds)
    one.say(says.invalidate(7, 1, 'k'))
    if (when === 'before') before.receiver?.onClose()
    expect(one.ofKind(FrameKind.INVALIDATED)).toHaveLength(0)
    broker.join('bus', 'id')
    expect(transcript(one).at(-1)).toBe('INVALIDATED 7 1 0')
  })
})

test('another bus of the same name and process is another member', () => {
  const links = [broker.join('bus', 'id'), broker.join('bus', 'other'), broker.join('bus'), broker.join('bus')]
  for (const link of links) link.say(says.publishNamed('a'))
  expect(transcript(subscriber)).toHaveLength(4)
  expect(broker.core.stats().members).toBe(5)
})

test('a bus that has left and comes again later is taken as it is', () => {
  broker.join('bus', 'id').receiver?.onClose()
  const after = broker.join('bus', 'id')
  after.say(says.publishNamed('a', '1'))
  expect(transcript(subscriber)).toEqual(['NAMED 3 1'])
})
