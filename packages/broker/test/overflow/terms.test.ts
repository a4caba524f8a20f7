import { FrameKind } from '@clusterbus/protocol'
import { describe, expect, test } from 'vitest'
import * as says from '../support/says.ts'
import { sized, SlowMember, terms } from './slow-member.ts'

const digits = '0123456789'.split('')

function told(text: string, ...rest: ConstructorParameters<typeof SlowMember>): SlowMember {
  const [defaults, limits, subscribes = [says.subscribe(1, '>')]] = rest
  return new SlowMember(defaults, limits, [terms(text), ...subscribes])
}

test('what a member says holds for it, whatever the broker has for others', () => {
  const t = told('{"overflow":"drop-newest","memberMessages":1}', { overflow: 'drop-oldest' })
  t.publish('a', '1', '2')
  expect(t.drain()).toEqual(['a:1', 'topic', 'gap a 1'])
})

test('what it leaves out is the broker’s, and so is any limit that is smaller', () => {
  const t = told('{"queuedBytes":2000000}', { overflow: 'drop-oldest' }, { queuedBytes: 1_000 })
  t.publish('a', ...digits.map((digit) => sized(200, digit)))
  expect(t.core.stats().queuedBytes).toBeLessThanOrEqual(1_000)
  expect(t.core.stats().dropped).toBeGreaterThan(0)
})

test('a member that asks for less than the broker gives gets less', () => {
  const t = told('{"queuedBytes":1000}', {})
  t.publish('a', ...digits.map((digit) => sized(200, digit)))
  expect(t.reported.map(({ code, limit }) => [code, limit])).toEqual([['QUEUE_FULL', 1_000]])
})

test.each([
  '',
  '[]',
  'null',
  '{"overflow":"drop"}',
  '{"overflow":null}',
  '{"conflate":true}',
  '{"queuedBytes":0}',
  '{"queuedBytes":1e99}',
  '{"memberMessages":"5"}',
  '{"memberMessages":1.5}',
  '{"payloadBytes":5}',
  '{"__proto__":{"overflow":"block"}}',
  `{"overflow":"${'x'.repeat(2_000)}"}`,
])('TERMS of %s end with the member', (text) => {
  const { reported } = told(text, {})
  expect(reported.map(({ code, member }) => [code, member])).toEqual([['BAD_FRAME', 1]])
})

test('terms are told once', () => {
  const { reported } = told('{}', {}, {}, [terms('{}')])
  expect(reported.map(({ code }) => code)).toEqual(['BAD_FRAME'])
})

describe('a member with "disconnect"', () => {
  test('holds nobody back, and goes at its limit', () => {
    const t = new SlowMember({ overflow: 'disconnect' }, { queuedBytes: 1_000 })
    t.publish('a', ...digits.slice(0, 9).map((digit) => sized(100, digit)))
    expect([t.feeder.paused, t.slow.ended]).toEqual([false, false])
    t.publish('a', sized(200))
    expect(t.reported.map(({ code, lost }) => [code, lost])).toEqual([['QUEUE_FULL', 10]])
    expect(t.core.stats()).toMatchObject({
      dropped: 10,
      drops: [{ member: 1, name: 'slow', topic: 'a', reason: 'disconnected', messages: 10 }],
    })
  })

  test('goes for too many messages as well', () => {
    const t = new SlowMember({ overflow: 'disconnect' }, { memberMessages: 5 })
    t.publish('a', ...digits.slice(0, 5))
    expect(t.reported).toEqual([])
    t.publish('a', '6')
    expect(t.reported.map(({ message }) => message)).toEqual([expect.stringContaining('limits.memberMessages is 5')])
  })
})

describe('a member with "block"', () => {
  test('holds back who feeds it with many messages, until they are few again', () => {
    const t = new SlowMember({}, { memberMessages: 100 })
    t.publish('a', ...Array.from({ length: 25 }, String))
    expect(t.feeder.paused).toBe(false)
    t.publish('a', '25')
    expect(t.feeder.paused).toBe(true)
    t.drain()
    expect(t.feeder.paused).toBe(false)
  })

  test('is not waited for while conflating makes room', () => {
    const t = new SlowMember({ conflate: 'topic' }, { queuedBytes: 40_000 })
    t.publish('a', ...Array.from({ length: 100 }, () => 'x'.repeat(1_000)))
    expect([t.feeder.paused, t.reported]).toEqual([false, []])
  })
})

test('a member hears what it asked for itself, and no other kind before', () => {
  const t = told('{"overflow":"drop-oldest"}', {})
  expect(t.slow.ofKind(FrameKind.CLOSE)).toEqual([])
  t.slow.say(says.number(FrameKind.PING, 1))
  expect(t.drain()).toEqual(['pong'])
})
