import { type BusErrorCode, FrameKind, read, write } from '@clusterbus/protocol'
import { FakeLink } from '@clusterbus/testkit'
import { expect, test } from 'vitest'
import { written } from './support/frames.ts'
import { TestBus } from './support/test-bus.ts'

const longestPauseMs = 40

/** A bus that was told to go for that reason so many times. */
function dismissed(times: number, code: BusErrorCode, isWelcomed: boolean): TestBus {
  const bus = new TestBus({ longestPauseMs })
  for (let count = 0; count < times; count++) {
    const link = new FakeLink()
    if (isWelcomed) bus.connect(1, 1_000, link)
    else bus.offer(link)
    link.say(written((writer) => write.writeText(writer, FrameKind.CLOSE, read.failureText(code, 'go'))))
    link.receiver?.onClose()
  }
  return bus
}

test.each([true, false])('when brokers end one after the other the next is soon found: welcomed %s', (isWelcomed) => {
  const bus = dismissed(20, 'CLOSED', isWelcomed)
  bus.clock.pass(longestPauseMs)
  expect(bus.isLooking).toBe(true)
})

test.each([
  ['VERSION_MISMATCH', false],
  ['QUEUE_FULL', false],
  ['QUEUE_FULL', true],
  ['BAD_FRAME', true],
] as const)('a broker that stays is not troubled all the time by whom it tells %s: welcomed %s', (code, isWelcomed) => {
  const bus = dismissed(20, code, isWelcomed)
  bus.clock.pass(900)
  expect(bus.isLooking).toBe(false)
  bus.clock.pass(100)
  expect(bus.isLooking).toBe(true)
})
