import { layout, type ShapeReader } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'
import { collectGarbage } from '@clusterbus/testkit'
import { describe, expect, test } from 'vitest'
import { gone, message, shape, topic } from '../support/frames.ts'
import { keyedCodec, keyedId } from '../support/keyed-codec.ts'
import { TestBus } from '../support/test-bus.ts'
import { newBus } from '../support/shape-bus.ts'

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
