import { FrameKind, layout } from '@clusterbus/protocol'
import { expect, test } from 'vitest'
import { message } from './support/frames.ts'
import { TestBus } from './support/test-bus.ts'

const published = message({ name: 'a', payload: '1' })

test('a full subscription that takes nothing more asks nobody to wait any longer', () => {
  const bus = new TestBus()
  const link = bus.connect()
  bus.core.subscribe('a', { queuedMessages: 2, max: 4 })
  const told = (): number[] => link.ofKind(FrameKind.FULL).map((frame) => layout.readU32(frame, 8))
  link.say(published, published, published)
  bus.endTurn()
  expect(told()).toEqual([1])
  link.say(published)
  bus.endTurn()
  expect(told()).toEqual([1, 0])
})
