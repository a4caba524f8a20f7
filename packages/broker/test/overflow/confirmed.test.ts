import { FrameKind, layout } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'
import { describe, expect, test } from 'vitest'
import * as says from '../support/says.ts'
import { SlowMember } from './slow-member.ts'

/** Numbers of the messages that were confirmed, and how many members failed. */
function confirmed(link: FakeLink): [number: number, failed: number][] {
  return link.ofKind(FrameKind.CONFIRMED).map((frame) => [layout.readU32(frame, 8), layout.readU32(frame, 20)])
}

describe.each([
  ['drop-newest', [3, 4]],
  ['drop-oldest', [1, 2]],
] as const)('a message that is to be handled and is dropped by %s', (overflow, dropped) => {
  test('has failed in that member, and its publisher hears of it at once', () => {
    const t = new SlowMember({ overflow }, { memberMessages: 2 })
    for (let number = 1; number <= 4; number += 1) t.feeder.say(says.confirm(number, says.publishNamed('a', 'x')))
    expect(confirmed(t.feeder)).toEqual(dropped.map((number) => [number, 1]))
    expect(t.core.stats().pendingRequests).toBe(4 - dropped.length)
  })
})

test('one that a newer one of its topic has taken the place of has failed as well', () => {
  const t = new SlowMember({ conflate: 'topic' })
  for (let number = 1; number <= 3; number += 1) t.feeder.say(says.confirm(number, says.publishNamed('a', 'x')))
  t.drain()
  expect(confirmed(t.feeder)).toEqual([
    [1, 1],
    [2, 1],
  ])
})
