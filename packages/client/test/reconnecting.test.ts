import { BusError, ChunkWriter, FrameKind, layout, type Link, resolveLimits, write } from '@clusterbus/protocol'
import { FakeLink, ManualClock } from '@clusterbus/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import type { BusEvents } from '../src/bus.ts'
import { BusCore } from '../src/core/bus-core.ts'
import type { EventSink } from '../src/core/environment.ts'

let clock: ManualClock
let bus: BusCore
let seeking: { linked(link: Link): void; refused(error: BusError): void } | undefined
let said: Buffer[]
let events: [name: string, ...unknown[]][]

beforeEach(() => {
  clock = new ManualClock()
  events = []
  said = []
  const connector = {
    seek(found: NonNullable<typeof seeking>): () => void {
      seeking = found
      return () => (seeking = undefined)
    },
    lastWords: (segments: readonly Buffer[]) => void said.push(...segments),
  }
  const sink: EventSink = {
    on: () => undefined,
    off: () => undefined,
    emit: <Name extends keyof BusEvents>(name: Name, ...args: BusEvents[Name]) => void events.push([name, ...args]),
  }
  const now = (callback: () => void): void => callback()
  bus = new BusCore({
    connector,
    clock,
    turns: { soon: now, endOfTurn: (callback) => queueMicrotask(callback) },
    events: sink,
    limits: resolveLimits({ keptBytes: 2_000 }),
    codec: undefined,
    connectTimeoutMs: 5_000,
    drainTimeoutMs: 1_000,
    closed: () => undefined,
  })
  bus.start()
})

/** A link to a broker that has just let the bus in as member `id`. */
function connect(id = 1, payloadBytes = 1_000): FakeLink {
  const link = new FakeLink()
  seeking?.linked(link)
  const welcome = { version: 1, member: { id, name: 'n', pid: 1, kind: 'cluster' }, limits: { payloadBytes } }
  link.say(written((writer) => write.writeText(writer, FrameKind.WELCOME, JSON.stringify(welcome))))
  return link
}

function topics(link: FakeLink): string[] {
  const named = link.frames.filter((frame) => frame[4] === FrameKind.PUBLISH_NAMED)
  return named.map((frame) =>
    frame.toString('utf8', layout.publishBytes, layout.publishBytes + layout.readU32(frame, layout.topicAt)),
  )
}

describe('before it is connected', () => {
  test('what is said is kept and goes out in order with the first link', () => {
    bus.publish('before', 1)
    bus.subscribe('before', () => undefined)
    bus.publish('after', 2)
    const link = connect()
    expect(link.frames.map((frame) => frame[4])).toEqual([
      FrameKind.PUBLISH_NAMED,
      FrameKind.SUBSCRIBE,
      FrameKind.PUBLISH_NAMED,
    ])
    expect(bus.member?.id).toBe(1)
  })

  test('what does not fit is refused, and what was kept is not touched by it', () => {
    bus.publish('a', 'x'.repeat(300))
    expect(() => bus.publish('b', 'x'.repeat(600))).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }))
    bus.publish('c', 1)
    expect(topics(connect())).toEqual(['a', 'c'])
  })

  test('a message that is larger than the broker takes is dropped and reported', () => {
    bus.publish('large', 'x'.repeat(200))
    bus.publish('small', 1)
    expect(topics(connect(1, 100))).toEqual(['small'])
    expect(events).toContainEqual(['error', expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE', lost: 1 })])
    expect(() => bus.publish('large', 'x'.repeat(200))).toThrow(expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }))
  })

  test('ready() fails after connectTimeout, at once from then on, and not any more when a broker comes', async () => {
    const first = bus.ready()
    clock.pass(5_000)
    await expect(first).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE', timeoutMs: 5_000 })
    await expect(bus.ready()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
    expect(events).toEqual([['error', expect.objectContaining({ code: 'BROKER_UNREACHABLE' })]])
    connect()
    await bus.ready()
  })

  test('what was kept is handed to the connector when the process exits', () => {
    bus.publish('a', 1)
    bus.flushNow()
    expect(said).toHaveLength(1)
  })
})

test('a topic whose number came with messages of others is published by number from the first time', () => {
  const link = connect()
  link.say(written((writer) => write.writeNumberAndText(writer, FrameKind.TOPIC, 3, 'heard.first')))
  bus.publish('heard.first', 1)
  expect(link.ofKind(FrameKind.PUBLISH).map((frame) => layout.readU32(frame, layout.topicAt))).toEqual([3])
})

test('a log that no broker takes does not grow with subscriptions that have ended', () => {
  bus.publish('kept', 1)
  for (let index = 0; index < 2_000; index++) bus.subscribe(`passing.${index}`, () => undefined).unsubscribe()
  const standing = bus.subscribe('standing', () => undefined)
  expect(bus.stats().queuedBytes).toBeLessThan(3 * 2_000)
  const link = connect()
  expect(link.frames.map((frame) => frame[4])).toEqual([FrameKind.PUBLISH_NAMED, FrameKind.SUBSCRIBE])
  expect(standing.pattern).toBe('standing')
})

test('a request that was given up before there was a broker is not sent any more', async () => {
  const request = bus.request('a', 1, { timeout: 100 })
  clock.pass(100)
  await expect(request).rejects.toMatchObject({ code: 'TIMEOUT' })
  expect(connect().frames).toEqual([])
})

test('links that close before the welcome do not put off the end of connectTimeout', async () => {
  const ready = bus.ready()
  for (let round = 0; round < 10; round++) {
    const link = new FakeLink()
    seeking?.linked(link)
    link.receiver?.onClose()
    clock.pass(600)
  }
  await expect(ready).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
})

test('what a close cannot send in time is reported', async () => {
  const link = connect()
  link.takes = false
  bus.publish('a', 1)
  await endOfTurn()
  bus.publish('a', 2)
  link.bufferedBytes = 100
  const closed = bus.close()
  clock.pass(3_000)
  expect(link.destroyed).toBe(true)
  link.receiver?.onClose()
  await closed
  expect(events.at(-2)).toEqual(['error', expect.objectContaining({ code: 'DISCONNECTED', bytes: 100 })])
})

describe('when the link is lost', () => {
  test('subscriptions are made again before anything else, and messages that were not sent follow by name', async () => {
    const first = connect()
    bus.subscribe('mine', () => undefined, { max: 5 })
    bus.publish('sent', 1)
    await endOfTurn()
    first.say(written((writer) => write.writeNumberAndText(writer, FrameKind.TOPIC, 3, 'sent')))
    first.takes = false
    // The link takes this one, and says that it is full.
    bus.publish('sent', 2)
    await endOfTurn()
    bus.publish('sent', 3)
    bus.publish('other', 4)
    first.receiver?.onClose()
    bus.publish('later', 5)
    clock.pass(20)
    const second = connect(2)
    expect(second.frames[0]?.[4]).toBe(FrameKind.SUBSCRIBE)
    expect(topics(second)).toEqual(['sent', 'other', 'later'])
    expect(second.ofKind(FrameKind.PUBLISH)).toEqual([])
    expect(events.map(([name]) => name)).toEqual(['connect', 'disconnect', 'connect'])
  })

  test('a message under a number that is being withdrawn is kept by its name', async () => {
    const first = connect()
    first.say(written((writer) => write.writeNumberAndText(writer, FrameKind.TOPIC, 3, 'a')))
    first.takes = false
    bus.publish('a', 1)
    await endOfTurn()
    bus.publish('a', 2)
    first.say(written((writer) => write.writeNumber(writer, FrameKind.FORGET, 3)))
    first.receiver?.onClose()
    clock.pass(20)
    expect(topics(connect(2))).toEqual(['a'])
  })

  test('requests and flushes fail, and waits for a subscription hold for the next link', async () => {
    const first = connect()
    const request = bus.request('a')
    const flushed = bus.flush()
    const { ready } = bus.subscribe('b', () => undefined)
    first.receiver?.onClose(new Error('torn'))
    await expect(request).rejects.toMatchObject({ code: 'DISCONNECTED' })
    await expect(flushed).rejects.toMatchObject({ code: 'DISCONNECTED' })
    clock.pass(20)
    const second = connect(2)
    for (const frame of second.ofKind(FrameKind.PING)) {
      second.say(written((writer) => write.writeNumber(writer, FrameKind.PONG, layout.readU32(frame, 8))))
    }
    await ready
    expect(bus.stats().pendingRequests).toBe(0)
  })

  test('the broker is looked for in growing pauses, which a steady link ends', () => {
    const pauses: number[] = []
    for (let round = 0; round < 8; round++) {
      connect(round).receiver?.onClose()
      seeking = undefined
      let waited = 0
      while (seeking === undefined) {
        clock.pass(1)
        waited += 1
      }
      pauses.push(waited)
    }
    expect(pauses).toEqual([20, 40, 80, 160, 320, 640, 1_000, 1_000])
    const steady = connect()
    clock.pass(5_000)
    steady.receiver?.onClose()
    seeking = undefined
    clock.pass(20)
    expect(seeking).toBeDefined()
  })

  test('the reason that the broker gave is told', () => {
    const link = connect()
    link.say(
      written((writer) => write.writeText(writer, FrameKind.CLOSE, '{"code":"QUEUE_FULL","message":"too slow"}')),
    )
    link.receiver?.onClose()
    expect(events.slice(1).map(([name, error]) => [name, Object(error).code])).toEqual([
      ['disconnect', 'QUEUE_FULL'],
      ['error', 'QUEUE_FULL'],
    ])
  })

  test('a frame that no broker would send ends it', () => {
    const link = connect()
    link.say(written((writer) => write.writeNumber(writer, 99, 1)))
    expect(link.destroyed).toBe(true)
    link.receiver?.onClose()
    expect(events.at(-1)).toEqual(['error', expect.objectContaining({ code: 'BAD_FRAME' })])
  })
})

test('a drain needs no broker when nothing was published', async () => {
  bus.subscribe('a', () => undefined)
  await bus.drain()
  expect(events).toEqual([['close']])
  expect(clock.timers).toBe(0)
})

test('a drain whose broker goes away waits for no other, when nothing is left to send', async () => {
  const link = connect()
  bus.subscribe('a', () => undefined)
  bus.publish('a', 1)
  const drained = bus.drain()
  await endOfTurn()
  link.receiver?.onClose()
  await drained
  expect(events.map(([name]) => name)).toEqual(['connect', 'disconnect', 'close'])
  expect(clock.timers).toBe(0)
})

test('a drain waits no longer for a broker than connectTimeout, and says what was lost', async () => {
  bus.publish('a', 1)
  const drained = bus.drain()
  clock.pass(5_000)
  await drained
  expect(events.map(([name, error]) => [name, Object(error).code])).toContainEqual(['error', 'BROKER_UNREACHABLE'])
  expect(events.at(-1)).toEqual(['close'])
})

test('a bus that closes before it is welcomed, and has published nothing, says nothing', async () => {
  bus.subscribe('a', () => undefined)
  const link = new FakeLink()
  seeking?.linked(link)
  const closed = bus.close()
  link.receiver?.onClose()
  await closed
  expect(events).toEqual([['close']])
  expect(clock.timers).toBe(0)
})

test('a bus that was refused asks again, and reports it once', async () => {
  const refused = new BusError('QUEUE_FULL', 'too many')
  for (let round = 0; round < 3; round++) {
    seeking?.refused(refused)
    expect(seeking).toBeUndefined()
    clock.pass(1_000)
  }
  await expect(bus.ready()).rejects.toBe(refused)
  expect(events).toEqual([['error', refused]])
  connect()
  await bus.ready()
})

test('no handler runs on after a close, though its subscription was draining', async () => {
  const link = connect()
  let runs = 0
  let proceed = (): void => undefined
  const subscription = bus.subscribe('a', () => {
    runs += 1
    return new Promise<void>((resolve) => (proceed = resolve))
  })
  for (let count = 0; count < 3; count++) link.say(message('a'))
  void subscription.drain()
  const [ping] = link.ofKind(FrameKind.PING)
  link.say(written((writer) => write.writeNumber(writer, FrameKind.PONG, layout.readU32(ping ?? Buffer.alloc(12), 8))))
  await endOfTurn()
  const closed = bus.close()
  link.receiver?.onClose()
  await closed
  proceed()
  await new Promise(setImmediate)
  expect(runs).toBe(1)
})

test('a closed bus leaves no timer', async () => {
  const link = connect()
  const request = bus.request('a', undefined, { timeout: 1_000 })
  const once = bus.once('b', { timeout: 1_000 })
  const closed = bus.close()
  await expect(request).rejects.toMatchObject({ code: 'CLOSED' })
  await expect(once).rejects.toMatchObject({ code: 'CLOSED' })
  expect(link.ended).toBe(true)
  link.receiver?.onClose()
  await closed
  expect(clock.timers).toBe(0)
})

/** Lets the bus see that a turn has ended. */
async function endOfTurn(): Promise<void> {
  await Promise.resolve()
}

/** A message as it comes from a broker. */
function message(topic: string): Buffer {
  return written((writer) => {
    const start = write.beginMessage(
      writer,
      {
        kind: FrameKind.PUBLISH_NAMED,
        flags: 0,
        codec: 1,
        topicNumber: 0,
        name: Buffer.from(topic),
        request: 0,
        headers: undefined,
      },
      0,
    )
    write.endFrame(writer, start)
  })
}

function written(use: (writer: ChunkWriter) => void): Buffer {
  const writer = new ChunkWriter()
  use(writer)
  return Buffer.concat(writer.take())
}
