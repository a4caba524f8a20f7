import { type Codec, jsonCodec } from '@clusterbus/protocol'
import { expect, test } from 'vitest'
import { message, topic } from './support/frames.ts'
import { TestBus } from './support/test-bus.ts'

/** JSON as an app may want to read it. */
const reviving: Codec = {
  ...jsonCodec,
  decode: (bytes, start, end) => ({ revived: jsonCodec.decode(bytes, start, end) }),
}

test('a codec of the app in place of our JSON reads every message, however many come together', () => {
  const bus = new TestBus({ codec: reviving })
  const link = bus.connect()
  const heard: unknown[] = []
  bus.core.subscribe('a', (data) => heard.push(data))
  const numbers = Array.from({ length: 20 }, (_, number) => number)
  const frames = numbers.map((number) => message({ from: 5, number: 3, payload: String(number) }))
  link.say(topic(3, 'a'), Buffer.concat(frames))
  expect(heard).toEqual(numbers.map((revived) => ({ revived })))
})
