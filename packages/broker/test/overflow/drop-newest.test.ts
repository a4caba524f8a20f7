import { FrameKind } from '@clusterbus/protocol'
import { expect, test } from 'vitest'
import * as says from '../support/says.ts'
import { sized, SlowMember } from './slow-member.ts'

const digits = '0123456789'.split('')
const short = (lines: string[]): string[] => lines.map((line) => line.replace(/(\d)\1+$/, '$1'))

test('keeps what came first, up to the limit and not a byte further', () => {
  const exact = new SlowMember({ overflow: 'drop-newest' }, { queuedBytes: 1_013 })
  exact.publish('a', ...digits.map((digit) => sized(100, digit)), sized(18, 'x'))
  expect(short(exact.drain())).toEqual(['a:0', 'topic', ...digits.slice(1).map((digit) => `a:${digit}`), 'gap a 1'])

  const over = new SlowMember({ overflow: 'drop-newest' }, { queuedBytes: 1_012 })
  over.publish('a', ...digits.map((digit) => sized(100, digit)))
  expect(short(over.drain())).toEqual(['a:0', 'topic', ...digits.slice(1, 9).map((digit) => `a:${digit}`), 'gap a 1'])
})

test('tells what is missing where it is missing, once there is room again', () => {
  const t = new SlowMember({ overflow: 'drop-newest' }, { memberMessages: 2 })
  t.publish('a', '1', '2', '3', '4')
  t.publish('b', '5')
  t.drain()
  t.publish('a', '6')
  expect(t.drain()).toEqual(['a:1', 'topic', 'a:2', 'gap a 2', 'gap b 1', 'a:6'])
})

test('sums up what is missing, however often it is full', () => {
  const t = new SlowMember({ overflow: 'drop-newest' }, { memberMessages: 2 })
  for (let round = 0; round < 50; round++) t.publish('a', '1', '2', '3', '4')
  expect(t.drain()).toEqual(['a:1', 'topic', 'a:2', 'gap a 198'])
  expect(t.core.stats().drops).toEqual([{ member: 1, name: 'slow', topic: 'a', reason: 'newest', messages: 198 }])
})

test('lets messages in again in the place that the link has made', () => {
  const t = new SlowMember({ overflow: 'drop-newest' }, { queuedBytes: 400_000 })
  const long = (digit: string): string => digit.repeat(99_000)
  t.publish('a', ...digits.slice(0, 5).map(long))
  // It takes a portion, and is full again.
  t.slow.receiver?.onDrain()
  t.publish('a', ...digits.slice(5, 9).map(long))
  expect(short(t.drain())).toEqual(['a:0', 'topic', 'a:1', 'a:2', 'a:3', 'gap a 1', 'a:5', 'a:6', 'a:7', 'gap a 1'])
})

test('does not drop what the link takes at once, however much it is', () => {
  const t = new SlowMember({ overflow: 'drop-newest' }, { queuedBytes: 1_000 })
  t.drain()
  t.feeder.say(Buffer.concat(digits.map((digit) => says.publishNamed('a', digit.repeat(500)))))
  expect(t.core.stats().dropped).toBe(0)
})

test('takes what is no message in between, in its place', () => {
  const t = new SlowMember({ overflow: 'drop-newest' }, { memberMessages: 1 })
  t.publish('a', '1', '2')
  t.slow.say(says.number(FrameKind.PING, 1))
  t.publish('a', '3')
  expect(t.drain()).toEqual(['a:1', 'topic', 'gap a 1', 'pong', 'gap a 1'])
})

test('a message that is longer than the limit is dropped, and no other for it', () => {
  const t = new SlowMember({ overflow: 'drop-newest' }, { queuedBytes: 1_000 })
  t.publish('a', '1', 'x'.repeat(2_000), '3')
  expect(t.drain()).toEqual(['a:1', 'topic', 'gap a 1', 'a:3'])
})

test('lets in no more than before when it has been empty in between', () => {
  const t = new SlowMember({ overflow: 'drop-newest' }, { memberMessages: 2 })
  t.publish('a', '1', '2', '3')
  t.drain()
  t.slow.takes = false
  t.publish('a', 'fills the link', '4', '5', '6', '7')
  expect(t.core.stats().queuedMessages).toBe(2)
  expect(t.drain().slice(-3)).toEqual(['a:4', 'a:5', 'gap a 2'])
})
