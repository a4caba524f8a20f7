import { FrameKind, layout, read, write } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'
import { expect, test } from 'vitest'
import { written } from './support/frames.ts'
import { TestBus, topicsOf } from './support/test-bus.ts'

function deny(link: FakeLink, topic: string, count = 1): void {
  link.say(written((writer) => write.writeNumberAndText(writer, FrameKind.DENIED, count, topic)))
}

test('of a topic that may not be published to the bus reports once, and publish throws from then on', () => {
  const bus = new TestBus()
  const link = bus.connect()
  bus.core.publish('secret', 1)
  bus.core.publish('open', 1)
  deny(link, 'secret', 3)
  deny(link, 'secret', 2)
  expect(bus.errors).toEqual(['NOT_ALLOWED'])
  expect(() => bus.core.publish('secret', 2)).toThrow(
    expect.objectContaining({ code: 'NOT_ALLOWED', topic: 'secret', message: expect.stringContaining('authorize') }),
  )
  expect(bus.core.publish('open', 2)).toBe(true)
  bus.endTurn()
  expect(topicsOf(link)).toEqual(['secret', 'open', 'open'])
  expect(bus.core.stats()).toMatchObject({ published: 3, refused: 5 })
})

test('a topic that was told a number may be one that the bus may not publish to', () => {
  const bus = new TestBus()
  const link = bus.connect()
  deny(link, 'secret')
  link.say(written((writer) => write.writeNumberAndText(writer, FrameKind.TOPIC, 1, 'secret')))
  expect(() => bus.core.publish('secret', 2)).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }))
})

test('what may not be published may be requested, and is confirmed by a rejection', async () => {
  const bus = new TestBus()
  const link = bus.connect()
  deny(link, 'secret')
  const answer = bus.core.request('secret', 1)
  const confirmed = bus.core.publish('secret', 2, { confirm: 'routed' })
  bus.endTurn()
  expect(link.ofKind(FrameKind.REQUEST)).toHaveLength(1)
  const [frame] = link.ofKind(FrameKind.CONFIRM)
  if (frame === undefined) throw new Error('nothing was said')
  const payload = Buffer.from(read.failureText('NOT_ALLOWED', 'not you'))
  const refuse = (request: number): void => {
    const reply = { flags: layout.flagRefused, codec: 1, requester: 1, request, payload }
    link.say(written((writer) => write.writeReply(writer, reply)))
  }
  refuse(layout.readU32(frame, 8))
  await expect(confirmed).rejects.toMatchObject({ code: 'NOT_ALLOWED', topic: 'secret' })
  refuse(layout.readU32(link.ofKind(FrameKind.REQUEST)[0] ?? frame, layout.requestAt))
  await expect(answer).rejects.toMatchObject({ code: 'NOT_ALLOWED', topic: 'secret' })
  // One by a DENIED, one by an answer.
  expect(bus.core.stats().refused).toBe(2)
  expect(bus.errors).toEqual(['NOT_ALLOWED'])
})

test('another link may have it otherwise', () => {
  const bus = new TestBus()
  deny(bus.connect(), 'secret')
  bus.disconnect()
  expect(bus.core.publish('secret', 1)).toBe(true)
  const link = bus.connect(2)
  bus.endTurn()
  expect(topicsOf(link)).toEqual(['secret'])
})

test('of more topics than it remembers the bus hears again', () => {
  const bus = new TestBus()
  const link = bus.connect()
  for (let topic = 0; topic < 4_097; topic += 1) deny(link, `t.${topic}`)
  expect(() => bus.core.publish('t.4096', 1)).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }))
  expect(bus.core.publish('t.0', 1)).toBe(true)
  deny(link, 't.0')
  expect(bus.errors).toHaveLength(4_098)
})

test('a refusal without a topic ends the link', () => {
  const bus = new TestBus()
  const link = bus.connect()
  link.say(written((writer) => write.writeNumber(writer, FrameKind.DENIED, 1)))
  expect(link.destroyed).toBe(true)
})

test.each([0, 3, null, 'two'])('a welcome in version %s is refused, and both versions are named', async (version) => {
  const bus = new TestBus()
  const ready = bus.core.ready()
  const link = bus.connect(1, 1_024, undefined, version)
  expect(link.destroyed).toBe(true)
  bus.disconnect()
  await expect(ready).rejects.toMatchObject({
    code: 'VERSION_MISMATCH',
    message: expect.stringMatching(/the broker speaks version .* and this bus versions 1 to 2/),
  })
})
