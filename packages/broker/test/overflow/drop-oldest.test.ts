import { FrameKind } from '@clusterbus/protocol'
import { expect, test } from 'vitest'
import * as says from '../support/says.ts'
import { sized, SlowMember } from './slow-member.ts'

// A message of these tests is 100 bytes long.
const digits = '0123456789'.split('')
const payloads = digits.map((digit) => sized(100, digit))
const short = (lines: string[]): string[] => lines.map((line) => line.replace(/(\d)\1+$/, '$1'))

test('drops nothing at the limit, and the oldest down to three quarters of it one byte behind', () => {
  // The topic is told its number, in 13 bytes, with its second message.
  const exact = new SlowMember({ overflow: 'drop-oldest' }, { queuedBytes: 1_013 })
  exact.publish('a', ...payloads)
  expect(exact.core.stats().dropped).toBe(0)
  expect(short(exact.drain())).toEqual(['a:0', 'topic', ...digits.slice(1).map((digit) => `a:${digit}`)])

  const over = new SlowMember({ overflow: 'drop-oldest' }, { queuedBytes: 1_012 })
  over.publish('a', ...payloads)
  expect(short(over.drain())).toEqual(['topic', 'gap a 3', ...digits.slice(3).map((digit) => `a:${digit}`)])
  expect(over.core.stats()).toMatchObject({ dropped: 3, overflowed: 0 })
})

test('holds nobody back and disconnects nobody, however long it goes on', () => {
  const { core, feeder, slow, clock, reported } = new SlowMember({ overflow: 'drop-oldest' }, { queuedBytes: 1_000 })
  for (let round = 0; round < 100; round++) {
    feeder.say(...payloads.map((payload) => says.publishNamed('a', payload)))
    expect(core.stats().queuedBytes).toBeLessThanOrEqual(1_000)
  }
  // The one timer is that of the heartbeats.
  expect([feeder.paused, slow.ended, clock.timers, reported]).toEqual([false, false, 1, []])
})

test('tells of each topic how many are missing, in front of the first message that is left', () => {
  const t = new SlowMember({ overflow: 'drop-oldest' }, { queuedBytes: 1_000 })
  for (const digit of digits.slice(0, 5)) for (const topic of ['a', 'b']) t.publish(topic, sized(100, digit))
  const lines = short(t.drain())
  expect(lines.filter((line) => line !== 'topic').slice(0, 3)).toEqual(['gap a 2', 'gap b 1', 'b:1'])
})

test('sums up gaps that nothing stands between any more', () => {
  const t = new SlowMember({ overflow: 'drop-oldest' }, { queuedBytes: 1_000 })
  for (let round = 0; round < 7; round++) t.publish('a', ...payloads)
  const lines = t.drain()
  const [gap, ...others] = lines.filter((line) => line.startsWith('gap'))
  const kept = lines.filter((line) => line.startsWith('a:')).length
  expect([gap, others]).toEqual([`gap a ${70 - kept}`, []])
})

test('names messages that came by number', () => {
  const t = new SlowMember({ overflow: 'drop-oldest' }, { queuedBytes: 1_000 })
  t.publish('a', 'x', 'y')
  for (const payload of payloads) t.feeder.say(says.publishNumbered(1, payload))
  expect(short(t.drain()).slice(0, 3)).toEqual(['topic', 'gap a 5', '#a:3'])
  expect(t.core.stats().drops).toEqual([{ member: 1, name: 'slow', topic: 'a', reason: 'oldest', messages: 5 }])
})

test('never drops what is no message, and keeps its order', () => {
  const t = new SlowMember({ overflow: 'drop-oldest' }, { queuedBytes: 2_000 }, [
    says.subscribe(1, '>'),
    says.subscribe(2, 'q', { responder: true }),
  ])
  t.feeder.say(says.request('q', 1, 'question'))
  t.slow.say(says.number(FrameKind.PING, 1))
  t.feeder.say(says.shape(0, 'shape'))
  t.publish('a', ...payloads, ...payloads)
  t.slow.say(says.number(FrameKind.PING, 2))
  t.publish('a', ...payloads, ...payloads)
  const others = t.drain().filter((line) => !line.startsWith('a:'))
  const gap: unknown = expect.stringMatching(/^gap a \d+$/)
  expect(others).toEqual(['pick 2', 'request', 'pong', 'shape', 'topic', gap, 'pong', gap])
})

test('a message that is longer than the limit is dropped, with all that waits before it', () => {
  const t = new SlowMember({ overflow: 'drop-oldest' }, { queuedBytes: 1_000 })
  t.publish('a', '1', 'x'.repeat(2_000), '3')
  expect(t.drain()).toEqual(['topic', 'gap a 2', 'a:3'])
})

test('tells of what is missing even if nothing comes behind it', () => {
  const t = new SlowMember({ overflow: 'drop-oldest' }, { queuedBytes: 1_000 })
  t.publish('a', 'x'.repeat(2_000))
  expect(t.drain()).toEqual(['gap a 1'])
})

test('counts messages as well as bytes', () => {
  const t = new SlowMember({ overflow: 'drop-oldest' }, { memberMessages: 8 })
  t.publish('a', ...digits.slice(0, 8))
  expect(t.core.stats().dropped).toBe(0)
  t.publish('a', '8')
  expect(t.core.stats()).toMatchObject({ dropped: 3, queuedMessages: 6 })
})

test('keeps some of the newest even where the link holds more than the limit', () => {
  const t = new SlowMember({ overflow: 'drop-oldest' }, { queuedBytes: 1_000 })
  t.slow.bufferedBytes = 5_000
  t.publish('a', ...payloads)
  expect(short(t.drain()).at(-1)).toBe('a:9')
})

test('control frames alone over the limit end with the member', () => {
  const t = new SlowMember({ overflow: 'drop-oldest' }, { queuedBytes: 1_000 }, [
    says.subscribe(1, 'q', { responder: true }),
  ])
  t.slow.takes = false
  for (let number = 1; number <= 20; number++) t.feeder.say(says.request('q', number, 'x'.repeat(100)))
  expect(t.reported.map(({ code, message }) => [code, message])).toEqual([
    ['QUEUE_FULL', expect.stringContaining('that are no messages')],
  ])
})
