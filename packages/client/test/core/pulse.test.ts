import { FrameKind, layout, write } from '@clusterbus/protocol'
import { describe, expect, test } from 'vitest'
import { Pulse } from '../../src/core/pulse.ts'
import { ManualClock } from '@clusterbus/testkit'
import { written } from '../support/frames.ts'
import { TestBus } from '../support/test-bus.ts'

describe('a bus that is sent a lot', () => {
  test('says that it is alive, but not with every chunk', () => {
    const clock = new ManualClock()
    let said = 0
    const pulse = new Pulse(clock, () => (said += 1))
    for (let chunk = 0; chunk < 100; chunk += 1) {
      pulse.handled(64 * 1024)
      clock.pass(10)
    }
    expect(said).toBe(10)
  })

  test('says nothing where little comes in, however long it takes', () => {
    const clock = new ManualClock()
    let said = 0
    const pulse = new Pulse(clock, () => (said += 1))
    for (let chunk = 0; chunk < 100; chunk += 1) {
      pulse.handled(100)
      clock.pass(1_000)
    }
    expect(said).toBe(0)
  })

  test('tells its broker', () => {
    const bus = new TestBus()
    const link = bus.connect()
    const topic = written((writer) => write.writeNumberAndText(writer, FrameKind.TOPIC, 1, 'a'.repeat(200)))
    link.say(Buffer.concat(Array.from({ length: 100 }, () => topic)))
    bus.endTurn()
    expect(link.ofKind(FrameKind.ALIVE)).toHaveLength(1)
  })
})

test('a bus that is asked whether it is there answers with the same number', () => {
  const bus = new TestBus()
  const link = bus.connect()
  link.say(written((writer) => write.writeNumber(writer, FrameKind.BEAT, 77)))
  bus.endTurn()
  expect(link.ofKind(FrameKind.ALIVE).map((frame) => layout.readU32(frame, 8))).toEqual([77])
})
