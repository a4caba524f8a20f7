import { FrameKind, layout, read, write } from '@clusterbus/protocol'
import type { FakeLink } from '@clusterbus/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import { message, topic, written } from './support/frames.ts'
import { TestBus, topicsOf } from './support/test-bus.ts'

const { CONFIRM, PUBLISH, PUBLISH_NAMED, SUBSCRIBE, SETTLED, CANCEL } = FrameKind
const confirm = 'handled'
const all = { members: 1, delivered: 1, failed: 0, gone: 0 }

let bus: TestBus

beforeEach(() => {
  bus = new TestBus()
})

function kinds(link: FakeLink): unknown[] {
  return link.frames.map((frame) => frame[4])
}

/** The messages that are to be confirmed: their numbers, whether handled, the kind of the message, and its payload. */
function confirms(link: FakeLink): (readonly [number: number, handled: boolean, kind: unknown, payload: string])[] {
  return link.ofKind(CONFIRM).map((frame) => {
    const { number, handled, at } = read.readConfirm(frame, 0, frame.length)
    const payload = frame.toString('utf8', frame.length - read.messagePayloadBytes(frame, 0, frame.length))
    return [number, handled, frame[at + 4], payload]
  })
}

function confirmed(number: number, ...counts: number[]): Buffer {
  return written((writer) => write.writeNumbers(writer, FrameKind.CONFIRMED, 0, number, ...counts))
}

function track(publisher: number, number: number): Buffer {
  return written((writer) => write.writeNumbers(writer, FrameKind.TRACK, 0, publisher, number))
}

function settledOn(link: FakeLink): unknown[] {
  return link.ofKind(SETTLED).map((frame) => [...read.readNumbers(frame, 0, frame.length, 2), frame[5]])
}

describe('a message that is to be confirmed', () => {
  test('goes by name or by number, in its place, and resolves with the counts', async () => {
    const link = bus.connect()
    link.say(topic(3, 'numbered'))
    bus.core.publish('numbered', 'before')
    const handled = bus.core.publish('numbered', 1, { confirm })
    const routed = bus.core.publish('named', 2, { confirm: 'routed' })
    bus.core.publish('numbered', 'after')
    bus.endTurn()
    expect(kinds(link)).toEqual([PUBLISH, CONFIRM, CONFIRM, PUBLISH])
    expect(confirms(link)).toEqual([
      [1, true, PUBLISH, '1'],
      [2, false, PUBLISH_NAMED, '2'],
    ])
    link.say(confirmed(2, 3, 3, 0, 0), confirmed(1, 4, 1, 2, 1))
    expect(await handled).toEqual({ members: 4, delivered: 1, failed: 2, gone: 1 })
    expect(await routed).toEqual({ members: 3, delivered: 3, failed: 0, gone: 0 })
  })

  test('is taken back by nobody when it is given up, and the broker is told', async () => {
    const link = bus.connect()
    const late = bus.core.publish('a', 1, { confirm, timeout: 50 })
    bus.clock.pass(50)
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', timeoutMs: 50, topic: 'a' })
    bus.endTurn()
    expect(kinds(link)).toEqual([CONFIRM, CANCEL])
    link.say(confirmed(1, 1, 1, 0, 0))
    expect(bus.errors).toEqual([])
    expect(bus.clock.timers).toBe(0)
  })

  test('rejects with what the broker refuses it for', async () => {
    const link = bus.connect()
    const refused = bus.core.publish('a', 1, { confirm })
    const payload = Buffer.from(read.failureText('QUEUE_FULL', 'too many wait'))
    const { flagRefused: flags } = layout
    link.say(written((writer) => write.writeReply(writer, { flags, codec: 1, requester: 1, request: 1, payload })))
    await expect(refused).rejects.toMatchObject({ code: 'QUEUE_FULL', message: 'publish("a"): too many wait' })
  })
})

describe('a message to be confirmed that no link has taken', () => {
  test('is kept before there is one, and confirmed after it', async () => {
    const handled = bus.core.publish('a', 1, { confirm })
    bus.core.publish('b', 2)
    const link = bus.connect()
    expect(kinds(link)).toEqual([CONFIRM, PUBLISH_NAMED])
    link.say(confirmed(1, 1, 1, 0, 0))
    expect(await handled).toEqual(all)
  })

  test('is kept for the next one by name, with what was said around it; what was sent is unknown', async () => {
    const first = bus.connect()
    first.say(topic(3, 'numbered'))
    const sent = bus.core.publish('numbered', 'sent', { confirm })
    bus.fill(first)
    bus.core.publish('numbered', 'before')
    const kept = ['numbered', 'named'].map((name) => bus.core.publish(name, 'kept', { confirm, headers: { a: 'b' } }))
    bus.core.publish('numbered', 'after')
    bus.disconnect()
    await expect(sent).rejects.toMatchObject({ code: 'DISCONNECTED', topic: 'numbered' })
    const second = bus.connect(2)
    expect(kinds(second)).toEqual([PUBLISH_NAMED, CONFIRM, CONFIRM, PUBLISH_NAMED])
    expect(confirms(second)).toEqual([
      [2, true, PUBLISH_NAMED, '"kept"'],
      [3, true, PUBLISH_NAMED, '"kept"'],
    ])
    second.say(confirmed(2, 1, 1, 0, 0), confirmed(3, 1, 1, 0, 0))
    expect(await Promise.all(kept)).toEqual([all, all])
  })

  test.each(['before the first link', 'between two links'])(
    'is a plain message when it is given up %s',
    async (when) => {
      if (when === 'between two links') {
        const first = bus.connect()
        bus.fill(first)
      }
      const late = bus.core.publish('late', 1, { confirm, timeout: 50 })
      const handled = bus.core.publish('early', 1, { confirm })
      bus.clock.pass(50)
      await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' })
      if (when === 'between two links') bus.disconnect()
      const link = bus.connect(2)
      expect(kinds(link)).toEqual([PUBLISH_NAMED, CONFIRM])
      expect(topicsOf(link)).toEqual(['late'])
      link.say(confirmed(2, 1, 1, 0, 0))
      expect(await handled).toEqual(all)
    },
  )

  test('rejects when the broker that comes takes only shorter ones, and nobody else is told', async () => {
    const long = bus.core.publish('a', 'x'.repeat(200), { confirm })
    const short = bus.core.publish('a', 1, { confirm })
    const link = bus.connect(1, 100)
    await expect(long).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
    expect(confirms(link)).toEqual([[2, true, PUBLISH_NAMED, '1']])
    expect(bus.errors).toEqual([])
    link.say(confirmed(2, 1, 1, 0, 0))
    expect(await short).toEqual(all)
  })

  test('throws when there is no room for it, and nothing waits for it', () => {
    bus = new TestBus({ limits: { keptBytes: 100 } })
    const publish = (): unknown => bus.core.publish('a', 'x'.repeat(200), { confirm })
    expect(publish).toThrow(expect.objectContaining({ code: 'QUEUE_FULL', topic: 'a' }))
    expect(bus.core.stats()).toMatchObject({ pendingRequests: 0, published: 0, queuedBytes: 0 })
  })
})

describe('a message that somebody waits for', () => {
  const from = (name: string): Buffer => message({ from: 5, name, payload: '1' })

  test('is told of once, when all its subscriptions are through; others are not told of', async () => {
    const link = bus.connect()
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    for (const pattern of ['a', '*']) bus.core.subscribe(pattern, () => gate)
    link.say(from('a'), track(5, 9), from('a'))
    bus.endTurn()
    expect(settledOn(link)).toEqual([])
    open()
    await expect.poll(() => (bus.endTurn(), settledOn(link))).toEqual([[5, 9, 0]])
  })

  test.each([
    ['nobody takes it', []],
    ['nobody that was picked takes it', [[77, 78]]],
  ] as const)('is told of at once when %s', (_, picks) => {
    const link = bus.connect()
    bus.core.subscribe('a', () => undefined, { group: 'g' })
    for (const pick of picks) link.say(written((writer) => write.writePick(writer, pick, true)))
    link.say(track(5, 9), from('a'))
    bus.endTurn()
    expect(settledOn(link)).toEqual([[5, 9, 0]])
  })

  test('is for the picked subscription and the plain ones, as its PICK says', () => {
    const link = bus.connect()
    const heard: string[] = []
    bus.core.subscribe('a', () => heard.push('group'), { group: 'g' })
    bus.core.subscribe('a', () => heard.push('plain'))
    const [id = 0] = link.ofKind(SUBSCRIBE).map((frame) => layout.readU32(frame, 8))
    for (const plain of [false, true]) {
      link.say(
        written((writer) => write.writePick(writer, [id], plain)),
        track(5, 9),
        from('a'),
      )
    }
    expect(heard).toEqual(['group', 'plain', 'group'])
    link.say(track(5, 10), from('a'), from('a'))
    expect(heard.slice(3)).toEqual(['plain', 'plain'])
  })

  test('is not told of on another link than it came in on', async () => {
    const first = bus.connect()
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    const done: unknown[] = []
    bus.core.subscribe('a', () => gate.then(() => done.push('done')))
    first.say(track(5, 9), from('a'))
    bus.disconnect()
    const second = bus.connect(2)
    open()
    await expect.poll(() => done).toEqual(['done'])
    second.say(track(6, 1), from('a'))
    await expect.poll(() => (bus.endTurn(), settledOn(second))).toEqual([[6, 1, 0]])
  })
})
