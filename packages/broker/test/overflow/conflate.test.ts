import { expect, test } from 'vitest'
import * as says from '../support/says.ts'
import { SlowMember } from './slow-member.ts'

test('of each topic only the newest waits, in the place of the newest', () => {
  const t = new SlowMember({ conflate: 'topic' })
  t.publish('a', '1')
  t.publish('b', '1')
  t.publish('a', '2', '3')
  expect(t.drain()).toEqual(['gap a 1', 'b:1', 'topic', 'gap a 1', 'a:3'])
  expect(t.core.stats()).toMatchObject({
    dropped: 2,
    drops: [{ member: 1, name: 'slow', topic: 'a', reason: 'conflated', messages: 2 }],
  })
})

test('a topic is the same by name and by number', () => {
  const t = new SlowMember({ conflate: 'topic' })
  t.publish('a', '1', '2')
  t.feeder.say(says.publishNumbered(1, '3'))
  expect(t.drain()).toEqual(['topic', 'gap a 2', '#a:3'])
})

test('nothing is left out while the link takes it', () => {
  const t = new SlowMember({ conflate: 'topic' })
  t.drain()
  t.feeder.say(Buffer.concat([says.publishNamed('a', '1'), says.publishNamed('a', '2')]))
  expect(t.drain()).toEqual(['topic', 'a:1', 'a:2'])
})

test('gaps move on with the message that they stood before', () => {
  const t = new SlowMember({ conflate: 'topic' })
  for (const round of ['1', '2', '3', '4']) for (const topic of ['a', 'b']) t.publish(topic, round.repeat(3_000))
  t.publish('c', '1')
  const lines = t.drain().map((line) => line.slice(0, 7))
  expect(lines.filter((line) => line !== 'topic')).toEqual(['gap a 3', 'gap b 3', 'a:44444', 'b:44444', 'c:1'])
})

test('waits in room for its topics, however much is published', () => {
  const t = new SlowMember({ conflate: 'topic' })
  const payload = 'x'.repeat(1_000)
  for (let number = 0; number < 2_000; number++) t.publish(`topic.${number % 10}`, payload)
  expect(t.core.stats().queuedBytes).toBeLessThan(30_000)
  const { delivered, dropped } = t.core.stats()
  const lines = t.drain()
  expect(lines.filter((line) => line.endsWith('x'))).toHaveLength(10)
  expect(delivered - dropped).toBe(10 + 1)
})

test('messages that were picked for a group are work, and all of them are kept', () => {
  const t = new SlowMember({ conflate: 'topic' }, {}, [says.subscribe(1, 'a', { group: 'g' }), says.subscribe(2, 'b')])
  t.publish('a', '1', '2')
  t.publish('b', '1', '2')
  expect(t.drain().filter((line) => line !== 'topic')).toEqual(['pick 1', 'a:1', 'pick 1', 'a:2', 'gap b 1', 'b:2'])
})

test('comes before anything is dropped for want of room', () => {
  const t = new SlowMember({ conflate: 'topic', overflow: 'drop-oldest' }, { queuedBytes: 2_000 })
  for (let number = 0; number < 100; number++) t.publish(`topic.${number % 4}`, 'x'.repeat(200))
  expect(t.core.stats().drops.map(({ reason }) => reason)).not.toContain('oldest')
})

test('leaves what is too much to the policy, and every gap in its place', () => {
  const t = new SlowMember({ conflate: 'topic', overflow: 'drop-newest' }, { memberMessages: 3 })
  for (const topic of ['a', 'b', 'c', 'd', 'e', 'a']) t.publish(topic, '1')
  expect(t.core.stats().queuedMessages).toBe(3)
  expect(t.drain().filter((line) => line !== 'topic')).toEqual(['gap a 1', 'b:1', 'c:1', 'gap d 1', 'gap e 1', 'a:1'])
})
