import { FrameKind } from '@clusterbus/protocol'
import { expect, test } from 'vitest'
import * as says from '../support/says.ts'
import { SlowMember } from './slow-member.ts'

// A subscription that drains waits for a PONG, and takes no word of anything behind it.
test.each([
  ['drop-oldest', 1, ['topic', 'gap a 2', 'pong']],
  ['drop-newest', 1, ['a:1', 'topic', 'gap a 1', 'pong']],
] as const)('what %s has dropped is told before the PONG behind it', (overflow, memberMessages, told) => {
  const t = new SlowMember({ overflow }, { memberMessages })
  t.publish('a', '1', '2')
  t.slow.say(says.number(FrameKind.PING, 1))
  expect(t.drain()).toEqual(told)
})

test('what conflating has taken out is told before the PONG behind it', () => {
  const t = new SlowMember({ conflate: 'topic' })
  t.publish('a', '1')
  t.slow.say(says.number(FrameKind.PING, 1))
  t.publish('a', '2')
  expect(t.drain()).toEqual(['gap a 1', 'pong', 'topic', 'a:2'])
})
