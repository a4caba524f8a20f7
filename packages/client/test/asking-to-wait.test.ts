import { FrameKind } from '@clusterbus/protocol'
import { expect, test } from 'vitest'
import { TestBus } from './support/test-bus.ts'

test('publish asks to wait after many messages of one turn, in which nobody could tell that a subscriber is full', () => {
  const bus = new TestBus()
  const link = bus.connect()
  const room = Array.from({ length: 8_192 }, () => bus.core.publish('a', 1))
  expect(room.indexOf(false)).toBe(8_191)
  expect(bus.core.publish('a', 1)).toBe(false)
  bus.endTurn()
  expect(bus.core.publish('a', 1)).toBe(true)
  bus.endTurn()
  expect(link.ofKind(FrameKind.PUBLISH_NAMED)).toHaveLength(8_194)
})

test('without a link publish asks to wait for want of room alone', () => {
  const bus = new TestBus()
  const room = Array.from({ length: 10_000 }, () => bus.core.publish('a', 1))
  expect(room).not.toContain(false)
})
