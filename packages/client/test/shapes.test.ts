import { FrameKind, jsonCodec, layout, type ShapeReader } from '@clusterbus/protocol'
import { collectGarbage, FakeLink } from '@clusterbus/testkit'
import { describe, expect, test } from 'vitest'
import { gone, message, shape, topic } from './support/frames.ts'
import { heardBy, keyedCodec, keyedId, shapedOf } from './support/keyed-codec.ts'
import { TestBus, topicsOf } from './support/test-bus.ts'

const { SHAPE, SUBSCRIBE, PUBLISH_NAMED, REQUEST } = FrameKind

function newBus(limits = {}): TestBus {
  return new TestBus({ codec: keyedCodec(), limits })
}

/** The topic `numbered` is told a number: what is published to it may refer to shapes. */
function connect(bus: TestBus, id = 1, payloadBytes?: number): FakeLink {
  const link = bus.connect(id, payloadBytes)
  link.say(topic(3, 'numbered'))
  return link
}

function publishAll(bus: TestBus, name: string, all: readonly unknown[]): void {
  for (const data of all) bus.core.publish(name, data)
}

function muchOf(text: string): unknown[] {
  return Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? { x: text, index } : [text.repeat(index)]))
}

function thrown(): never {
  throw new Error('getter')
}

function kindsOf(link: FakeLink): unknown[] {
  return link.frames.map((frame) => frame[4])
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

describe('what a bus receives', () => {
  const shaped = { codec: keyedId, flags: layout.flagShaped, name: 'a' }
  const xs = '["x"]'

  function receiving(bus: TestBus): { link: FakeLink; heard: unknown[] } {
    const link = bus.connect()
    const heard: unknown[] = []
    bus.core.subscribe('a', (data) => heard.push(data))
    return { link, heard }
  }

  test('is understood by the shapes of its sender, and of no other', () => {
    const bus = newBus()
    const { link, heard } = receiving(bus)
    link.say(shape(5, 0, xs, keyedId), shape(6, 0, '["y"]', keyedId), shape(5, 1, '["z"]', keyedId), topic(3, 'a'))
    link.say(
      message({ ...shaped, from: 6, payload: '[0,1]' }),
      message({ ...shaped, from: 5, payload: '[0,2]' }),
      message({ codec: keyedId, flags: layout.flagShaped, number: 3, from: 5, payload: '[1,3]', headers: { a: 'b' } }),
    )
    expect(heard).toEqual([{ y: 1 }, { x: 2 }, { z: 3 }])
    link.say(message({ ...shaped, from: 6, payload: '[1,4]' }), message({ ...shaped, from: 7, payload: '[0,5]' }))
    expect(bus.errors).toEqual(['UNDECODABLE', 'UNDECODABLE'])
    expect(link.destroyed).toBe(false)
  })

  test('is understood wherever the chunks are torn', () => {
    const said = Buffer.concat([
      shape(5, 0, xs, keyedId),
      message({ ...shaped, from: 5, payload: '[0,1]' }),
      gone(5),
      shape(6, 0, '["y"]', keyedId),
      message({ ...shaped, from: 6, payload: '[0,2]' }),
    ])
    for (let at = 0; at <= said.length; at += 1) {
      const bus = newBus()
      const { link, heard } = receiving(bus)
      link.say(said.subarray(0, at), said.subarray(at))
      expect(heard, `torn at ${at}`).toEqual([{ x: 1 }, { y: 2 }])
    }
  })

  test('with a shape that cannot be read is undecodable, of that sender alone, and the link stays', () => {
    const bus = newBus()
    const { link, heard } = receiving(bus)
    link.say(shape(5, 0, xs, keyedId), shape(5, 1, 'no JSON', keyedId), shape(6, 0, xs, keyedId))
    link.say(
      message({ ...shaped, from: 5, payload: '[0,1]' }),
      message({ ...shaped, from: 6, payload: '[0,2]' }),
      message({ ...shaped, from: 5, flags: 0, payload: '{"data":3}' }),
      message({ name: 'a', from: 5, payload: '4' }),
    )
    expect(heard).toEqual([{ x: 2 }, 3, 4])
    expect(bus.errors).toEqual(['UNDECODABLE'])
    expect(bus.core.stats()).toMatchObject({ connected: true, undecodable: 1, received: 3 })
    expect(link.destroyed).toBe(false)
  })

  test('of a sender that describes shapes in two codecs is undecodable, and the link stays', () => {
    const bus = newBus()
    const { link, heard } = receiving(bus)
    link.say(shape(5, 0, xs, keyedId), shape(5, 1, xs, 1), shape(6, 0, xs, keyedId))
    link.say(message({ ...shaped, from: 5, payload: '[0,1]' }), message({ ...shaped, from: 6, payload: '[0,2]' }))
    expect(heard).toEqual([{ x: 2 }])
    expect(bus.errors).toEqual(['UNDECODABLE'])
  })

  test('in a codec that it does not have is UNKNOWN_CODEC, though it was described', () => {
    const bus = new TestBus()
    const { link, heard } = receiving(bus)
    link.say(shape(5, 0, xs, keyedId), message({ ...shaped, from: 5, payload: '[0,1]' }))
    link.say(message({ name: 'a', from: 6, payload: '2' }))
    expect(heard).toEqual([2])
    expect(bus.errors).toEqual(['UNKNOWN_CODEC'])
    expect(link.destroyed).toBe(false)
  })

  test.each([
    ['JSON', 1],
    ['bytes', 0],
  ])('as %s that claims to refer to shapes is undecodable, and its neighbours are not', (_, codec) => {
    const bus = newBus()
    const { link, heard } = receiving(bus)
    const plain = (payload: string): Buffer => message({ number: 3, payload })
    link.say(topic(3, 'a'), shape(1, 0, xs, codec))
    const liar = message({ number: 3, codec, flags: layout.flagShaped, payload: '3' })
    link.say(Buffer.concat([plain('1'), plain('2'), liar, plain('4'), plain('5')]))
    expect(heard).toEqual([1, 2, 4, 5])
    expect(bus.errors).toEqual(['UNDECODABLE'])
  })

  test('a SHAPE without a description is no broker’s, and ends the link', () => {
    for (const length of [8, 12, layout.shapeBytes]) {
      const bus = newBus()
      const { link } = receiving(bus)
      const cut = Buffer.from(shape(5, 0, xs, keyedId).subarray(0, length))
      layout.writeU32(cut, 0, length)
      link.say(cut)
      expect(link.destroyed).toBe(true)
      bus.disconnect()
      expect(bus.errors).toEqual(['BAD_FRAME'])
    }
  })
})

describe('what is kept of a sender', () => {
  const shaped = { codec: keyedId, flags: layout.flagShaped, name: 'a', from: 5, payload: '[0,1]' }

  /** A bus that has understood member 5, and what holds on to its shapes. */
  function acquainted(): { bus: TestBus; link: FakeLink; heard: unknown[]; readers: WeakRef<ShapeReader>[] } {
    const readers: WeakRef<ShapeReader>[] = []
    const bus = new TestBus({ codec: keyedCodec({ onReader: (reader) => readers.push(new WeakRef(reader)) }) })
    const link = bus.connect()
    const heard: unknown[] = []
    bus.core.subscribe('a', (data) => heard.push(data))
    link.say(shape(5, 0, '["x"]', keyedId), message(shaped))
    expect(heard).toEqual([{ x: 1 }])
    return { bus, link, heard, readers }
  }

  test('is forgotten when it is gone', async () => {
    const { bus, link, heard, readers } = acquainted()
    link.say(gone(5))
    expect(await isCollected(readers)).toEqual([true])
    link.say(message(shaped))
    expect(heard).toHaveLength(1)
    expect(bus.errors).toEqual(['UNDECODABLE'])
  })

  test('is forgotten with the link, and learned anew from the next', async () => {
    const { bus, heard, readers } = acquainted()
    bus.disconnect()
    expect(await isCollected(readers)).toEqual([true])
    const second = bus.connect(2)
    second.say(message(shaped), shape(5, 0, '["y"]', keyedId), message(shaped))
    expect(bus.errors).toEqual(['UNDECODABLE'])
    expect(heard).toEqual([{ x: 1 }, { y: 1 }])
  })

  test('includes what was wrong with it: a member that comes back under its number starts anew', () => {
    const { bus, link, heard } = acquainted()
    link.say(shape(5, 1, 'no JSON', keyedId), message(shaped), gone(5), shape(5, 0, '["y"]', keyedId), message(shaped))
    expect(heard).toEqual([{ x: 1 }, { y: 1 }])
    expect(bus.errors).toEqual(['UNDECODABLE'])
  })

  test('is nothing when it has described nothing, or somebody else is gone', () => {
    const { link, heard } = acquainted()
    link.say(gone(6), gone(7), message(shaped))
    expect(heard).toEqual([{ x: 1 }, { x: 1 }])
    expect(link.destroyed).toBe(false)
  })
})

async function isCollected(references: readonly WeakRef<object>[]): Promise<boolean[]> {
  await collectGarbage()
  return references.map((reference) => reference.deref() === undefined)
}
