import { FrameKind } from '@clusterbus/protocol'
import { FakeLink } from '@clusterbus/testkit'
import { describe, expect, test } from 'vitest'
import { heardBy, shapedOf } from '../support/keyed-codec.ts'
import { topicsOf } from '../support/test-bus.ts'
import { newBus, connect, publishAll } from '../support/shape-bus.ts'

const { SHAPE, SUBSCRIBE, PUBLISH_NAMED } = FrameKind

function kindsOf(link: FakeLink): unknown[] {
  return link.frames.map((frame) => frame[4])
}

describe('after a new link', () => {
  test('shapes are said again before the messages that were kept and refer to them', () => {
    const bus = newBus()
    const first = connect(bus)
    bus.core.subscribe('mine', () => undefined)
    publishAll(bus, 'numbered', [{ x: 1 }, { x: 1, y: 2 }])
    bus.endTurn()
    bus.fill(first)
    const kept = [{ x: 3 }, { z: 4 }, { x: 5, y: 6 }, { z: 7 }]
    publishAll(bus, 'numbered', kept)
    bus.disconnect()
    const later = [{ x: 8 }, { n: 9 }, { n: 10 }]
    publishAll(bus, 'numbered', later)
    const second = bus.connect(2)
    expect(heardBy(second)).toEqual([...kept, ...later])
    expect(shapedOf(second)).toBeGreaterThanOrEqual(3)
    expect(topicsOf(second)).toEqual([...kept, ...later].map(() => 'numbered'))
    expect(kindsOf(second).indexOf(SUBSCRIBE)).toBeLessThan(kindsOf(second).indexOf(PUBLISH_NAMED))
    expect(second.ofKind(SUBSCRIBE)).toHaveLength(1)
  })

  test('shapes are said again also when no message was kept, however often the link is lost', () => {
    const bus = newBus()
    connect(bus)
    publishAll(bus, 'numbered', [{ x: 1 }, { x: 1 }])
    for (let id = 2; id < 6; id += 1) {
      bus.endTurn()
      bus.disconnect()
      const link = connect(bus, id)
      publishAll(bus, 'numbered', [{ x: id }, { x: id }])
      bus.endTurn()
      expect(heardBy(link)).toEqual([{ x: id }, { x: id }])
      expect([link.ofKind(SHAPE).length, shapedOf(link)]).toEqual([1, 2])
    }
  })

  test('what was said before the first link, and between two, is understood', () => {
    const bus = newBus()
    publishAll(bus, 'early', [{ x: 1 }, { x: 2 }])
    const first = connect(bus)
    publishAll(bus, 'numbered', [{ x: 3 }, { x: 4 }])
    bus.endTurn()
    bus.disconnect()
    publishAll(bus, 'numbered', [{ y: 5 }, { x: 6 }])
    const second = connect(bus, 2)
    publishAll(bus, 'numbered', [{ y: 7 }, { y: 8 }])
    bus.endTurn()
    expect(heardBy(first)).toEqual([{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }])
    expect(heardBy(second)).toEqual([{ y: 5 }, { x: 6 }, { y: 7 }, { y: 8 }])
  })

  test('messages that no link takes outlive a link that closes before its welcome', () => {
    const bus = newBus()
    bus.fill(connect(bus))
    publishAll(bus, 'numbered', [{ x: 1 }, { x: 2 }])
    bus.disconnect()
    bus.offer(new FakeLink())
    publishAll(bus, 'numbered', [{ x: 3 }])
    bus.disconnect()
    const last = bus.connect(2)
    expect(heardBy(last)).toEqual([{ x: 1 }, { x: 2 }, { x: 3 }])
    expect(shapedOf(last)).toBeGreaterThan(0)
  })

  test('a log that is cleared of subscriptions keeps its shapes', () => {
    const bus = newBus({ keptBytes: 2_000 })
    bus.fill(connect(bus))
    publishAll(bus, 'numbered', [{ x: 1 }, { x: 2 }])
    bus.disconnect()
    for (let index = 0; index < 500; index += 1) bus.core.subscribe(`passing.${index}`, () => undefined).unsubscribe()
    const second = bus.connect(2)
    expect(heardBy(second)).toEqual([{ x: 1 }, { x: 2 }])
    expect(shapedOf(second)).toBeGreaterThan(0)
  })
})
