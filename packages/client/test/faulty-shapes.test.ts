import { BusError, type Codec, FrameKind, jsonCodec, layout } from '@clusterbus/protocol'
import { describe, expect, test } from 'vitest'
import { createBus } from '../src/index.ts'
import { topic } from './support/frames.ts'
import { TestBus } from './support/test-bus.ts'

/** A codec that describes whatever it is given, and never refers to it. */
function codecThatDescribes(...descriptions: unknown[]): Codec {
  return {
    ...jsonCodec,
    id: 77,
    name: 'faulty',
    shapes: {
      writer: () => ({ descriptions: descriptions as Uint8Array[], encode: () => -1 }),
      reader: () => ({ describe: () => undefined, decode: () => undefined }),
    },
  }
}

describe('a codec whose descriptions no broker would take', () => {
  test.each([
    ['one that is too long', [Buffer.alloc(layout.descriptionBytesMax + 1)]],
    ['one that says nothing', [Buffer.alloc(0)]],
    ['one that is no bytes', ['text']],
    ['a hole', Array.from({ length: 2 })],
    ['too many', Array.from({ length: layout.shapesMax + 1 }, () => Buffer.from('x'))],
  ])('is told so once, and the bus goes on without: %s', (_, descriptions) => {
    const bus = new TestBus({ codec: codecThatDescribes(...descriptions) })
    const link = bus.connect()
    link.say(topic(3, 'a'))
    expect(() => bus.core.publish('a', 1)).toThrow(expect.objectContaining({ code: 'UNENCODABLE' }))
    bus.core.publish('a', 2)
    bus.endTurn()
    bus.disconnect()
    const next = bus.connect(2)
    expect(link.ofKind(FrameKind.PUBLISH)).toHaveLength(1)
    expect([...link.ofKind(FrameKind.SHAPE), ...next.ofKind(FrameKind.SHAPE)]).toEqual([])
  })
})

test.each([{}, { writer: () => undefined }, { reader: () => undefined }, 'shapes', null])(
  'createBus refuses a codec whose shapes are %j',
  (shapes) => {
    const codec = { ...jsonCodec, id: 77, name: 'faulty', shapes } as unknown as Codec
    expect(() => createBus({ codec })).toThrow(BusError)
    expect(() => createBus({ codec })).toThrow('the shapes of codec must have writer and reader')
  },
)
