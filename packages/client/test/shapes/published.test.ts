import { FrameKind, jsonCodec, layout } from '@clusterbus/protocol'
import { describe, expect, test } from 'vitest'
import { heardBy, keyedCodec, shapedOf } from '../support/keyed-codec.ts'
import { TestBus } from '../support/test-bus.ts'
import { newBus, connect, publishAll } from '../support/shape-bus.ts'

const { SHAPE, SUBSCRIBE, REQUEST } = FrameKind

function muchOf(text: string): unknown[] {
  return Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? { x: text, index } : [text.repeat(index)]))
}

function thrown(): never {
  throw new Error('getter')
}

describe('what a bus publishes', () => {
  test('is described once, before the first message that refers to it', () => {
    const bus = newBus()
    const link = connect(bus)
    const all = [{ x: 1 }, { x: 2 }, { y: 3, x: 4 }, [5], { x: 6 }, { y: 7, x: 8 }, { x: 9 }]
    publishAll(bus, 'numbered', all)
    bus.endTurn()
    expect(heardBy(link)).toEqual(all)
    expect(link.ofKind(SHAPE)).toHaveLength(2)
    expect(shapedOf(link)).toBeGreaterThanOrEqual(4)
  })

  test('is understood by name and by number, with headers and without echo', () => {
    const bus = newBus()
    const link = connect(bus)
    const options = [{}, { headers: { a: 'b' } }, { echo: false }, { headers: { a: 'b' }, echo: false }]
    const expected: unknown[] = []
    for (const name of ['numbered', 'named', 'numbered', 'named']) {
      for (const [index, option] of options.entries()) {
        bus.core.publish(name, { index }, option)
        expected.push({ index })
      }
    }
    bus.endTurn()
    expect(heardBy(link)).toEqual(expected)
    const messages = link.frames.filter((frame) => frame[4] !== SHAPE)
    const echoless = messages.map((frame) => ((frame[5] ?? 0) & layout.flagNoEcho) !== 0)
    expect(echoless).toEqual(expected.map((_, index) => index % 4 >= 2))
    expect(shapedOf(link)).toBeGreaterThan(0)
  })

  test('refers to shapes only in messages: requests stand alone', () => {
    const bus = newBus()
    const link = connect(bus)
    publishAll(bus, 'numbered', [{ x: 1 }, { x: 2 }])
    bus.core.request('numbered', { x: 3 }).catch(() => undefined)
    bus.endTurn()
    expect(link.ofKind(REQUEST).map((frame) => frame[5])).toEqual([0])
  })

  /** Code of the app that runs in the middle of a message, and says something itself. */
  describe.each<[string, (bus: TestBus) => void, unknown[]]>([
    ['publishes by a known shape', (bus) => bus.core.publish('numbered', { x: 'inner' }), [{ x: 'inner' }]],
    ['publishes by a new shape', (bus) => bus.core.publish('numbered', { new: 'inner' }), [{ new: 'inner' }]],
    ['publishes without a shape', (bus) => bus.core.publish('numbered', ['inner']), [['inner']]],
    ['publishes by name', (bus) => bus.core.publish('named', ['inner']), [['inner']]],
    ['publishes much', (bus) => publishAll(bus, 'numbered', muchOf('inner')), muchOf('inner')],
    ['flushes', (bus) => bus.core.flush().catch(() => undefined), []],
    ['throws', () => thrown(), []],
  ])('in which a getter %s', (_, speak, said) => {
    test('is whole, and so is what that said', () => {
      const bus = newBus()
      const link = connect(bus)
      publishAll(bus, 'numbered', [{ x: 1 }, { x: 2 }, { a: 3, b: 4, c: 5 }, { a: 6, b: 7, c: 8 }])
      bus.endTurn()
      publishAll(bus, 'numbered', [{ x: 'spoke in this turn' }])
      let calls = 0
      const data = {
        a: 'before',
        get b() {
          calls += 1
          if (calls === 1) speak(bus)
          return 'got'
        },
        c: 'after'.repeat(10),
      }
      bus.core.publish('numbered', data)
      publishAll(bus, 'numbered', [{ x: 'last' }])
      bus.endTurn()
      const outer = { a: 'before', b: 'got', c: 'after'.repeat(10) }
      expect(heardBy(link).slice(5)).toEqual([...said, outer, { x: 'last' }])
    })
  })

  test('leaves alone what a getter in it subscribes to', () => {
    const bus = newBus()
    const link = connect(bus)
    publishAll(bus, 'numbered', [
      { a: 1, b: 2, c: 3 },
      { a: 4, b: 5, c: 6 },
    ])
    bus.endTurn()
    publishAll(bus, 'numbered', [{ x: 'spoke in this turn' }])
    let calls = 0
    bus.core.publish('numbered', {
      a: 'before',
      get b() {
        if (calls++ === 0) bus.core.subscribe('of.a.getter', () => undefined)
        return 'got'
      },
      c: 'after',
    })
    bus.endTurn()
    expect(link.ofKind(SUBSCRIBE).map((frame) => frame.toString('utf8', layout.subscribeBytes))).toEqual([
      'of.a.getter',
    ])
    expect(heardBy(link).at(-1)).toEqual({ a: 'before', b: 'got', c: 'after' })
  })

  test('comes in order, whichever way each message is written', () => {
    for (const codec of [jsonCodec, keyedCodec()]) {
      const bus = new TestBus({ codec })
      const link = connect(bus)
      const expected: unknown[] = []
      for (let index = 0; index < 2_000; index += 1) {
        const text = (index % 7 === 0 ? 'ä' : 'x').repeat((index * 37) % 300)
        const data = index % 5 === 0 ? [index, text] : { index, text }
        expected.push(data)
        bus.core.publish(index % 11 === 0 ? 'named' : 'numbered', data, index % 13 === 0 ? { headers: { a: 'b' } } : {})
        if (index % 97 === 0) bus.core.subscribe(`s.${index}`, () => undefined)
      }
      bus.endTurn()
      expect(heardBy(link, codec)).toEqual(expected)
    }
  })

  test('goes out while a long burst lasts, and counts as queued until then', () => {
    const bus = new TestBus()
    const link = connect(bus)
    bus.core.publish('numbered', 'spoke in this turn')
    for (let index = 0; index < 100; index += 1) bus.core.publish('numbered', 'x'.repeat(1_000))
    expect(link.frames.length).toBeGreaterThan(40)
    const waiting = 101 - link.frames.length
    expect(bus.core.stats().queuedBytes).toBe(waiting * (layout.publishBytes + 1_002))
    bus.endTurn()
    expect([link.frames.length, bus.core.stats().queuedBytes]).toEqual([101, 0])
  })
})
