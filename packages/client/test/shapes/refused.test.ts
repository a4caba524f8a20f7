import { describe, expect, test } from 'vitest'
import { heardBy } from '../support/keyed-codec.ts'
import { newBus, connect, publishAll } from '../support/shape-bus.ts'

describe('a message that introduces a shape and is refused', () => {
  test('because it is too large does not keep later ones from being understood', () => {
    const bus = newBus()
    const link = connect(bus, 1, 1_000)
    const publish = (): unknown => bus.core.publish('numbered', { x: 'x'.repeat(1_200) })
    for (let times = 0; times < 3; times += 1) {
      expect(publish).toThrow(expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }))
    }
    publishAll(bus, 'numbered', [{ x: 1 }, { y: 2 }, { x: 3 }, { y: 4 }])
    bus.endTurn()
    expect(heardBy(link)).toEqual([{ x: 1 }, { y: 2 }, { x: 3 }, { y: 4 }])
  })

  test('because the log is full does not, either', () => {
    const bus = newBus({ keptBytes: 2_000 })
    bus.core.publish('numbered', { x: 'x'.repeat(1_800) })
    const publish = (): unknown => bus.core.publish('numbered', { y: 'y'.repeat(500) })
    expect(publish).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }))
    bus.core.publish('numbered', { y: 1 })
    const link = connect(bus)
    publishAll(bus, 'numbered', [{ y: 2 }, { y: 3 }])
    bus.endTurn()
    expect(heardBy(link)).toEqual([{ x: 'x'.repeat(1_800) }, { y: 1 }, { y: 2 }, { y: 3 }])
  })

  test('because the link is full does not, either', () => {
    const bus = newBus({ queuedBytes: 10_000 })
    const link = connect(bus)
    bus.fill(link)
    bus.core.publish('numbered', { x: 'x'.repeat(9_000) })
    const publish = (): unknown => bus.core.publish('numbered', { y: 'y'.repeat(1_500) })
    for (let times = 0; times < 3; times += 1) {
      expect(publish).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }))
    }
    publishAll(bus, 'numbered', [{ y: 1 }, { x: 2 }, { y: 3 }])
    link.takes = true
    link.receiver?.onDrain()
    publishAll(bus, 'numbered', [{ y: 4 }, { x: 5 }])
    bus.endTurn()
    expect(heardBy(link).slice(1)).toEqual([{ x: 'x'.repeat(9_000) }, { y: 1 }, { x: 2 }, { y: 3 }, { y: 4 }, { x: 5 }])
  })

  test('by the next broker, for which it is too large, does not, either', () => {
    const bus = newBus()
    bus.fill(connect(bus))
    const large = { x: 'x'.repeat(500) }
    publishAll(bus, 'numbered', [large, large, { x: 2 }, { y: 3 }, { y: 4 }])
    bus.disconnect()
    const link = connect(bus, 2, 100)
    publishAll(bus, 'numbered', [{ x: 5 }, { y: 6 }])
    bus.endTurn()
    expect(heardBy(link)).toEqual([{ x: 2 }, { y: 3 }, { y: 4 }, { x: 5 }, { y: 6 }])
    expect(bus.errors).toEqual(['PAYLOAD_TOO_LARGE'])
  })

  test('because it cannot be encoded does not, either', () => {
    const bus = newBus()
    const link = connect(bus)
    const publish = (): unknown => bus.core.publish('numbered', { x: 1n })
    for (let times = 0; times < 3; times += 1) {
      expect(publish).toThrow(expect.objectContaining({ code: 'UNENCODABLE' }))
    }
    publishAll(bus, 'numbered', [{ x: 1 }, { x: 2 }])
    bus.endTurn()
    expect(heardBy(link)).toEqual([{ x: 1 }, { x: 2 }])
  })
})
