import { FrameKind, layout, write } from '@clusterbus/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HealthyPair, healthyPair } from '../support/healthy-pair.ts'
import { altered, confirm, empty, framed, message, numberFrame, subscribe, validStream } from '../support/raw-frames.ts'
import { joinRaw, memberId } from '../support/raw-member.ts'
import { endWorkers } from '../support/workers.ts'

const payloadBytes = 10_000
let pair: HealthyPair

beforeAll(async () => {
  pair = await healthyPair({ limits: { payloadBytes } })
})

afterAll(async () => {
  await pair.close()
  await endWorkers()
})

const published = message({ name: 'a.b' })
const { REQUEST, PUBLISH, REPLY, SUBSCRIBE, UNSUBSCRIBE, CANCEL, PING, FORGOT, SHAPE, CONFIRM, SETTLED } = FrameKind

const shape = (number: number, bytes: number): Buffer =>
  framed((writer) => write.writeShape(writer, 2, number, Buffer.alloc(bytes, 1)))
const shapes = (count: number): Buffer[] => Array.from({ length: count }, (_, number) => shape(number, 10))

const bad: [string, Buffer][] = [
  ...[0, 7, 2 ** 31, 2 ** 32 - 1].map((length): [string, Buffer] => [
    `the length ${length}`,
    altered(published, (copy) => copy.writeUInt32LE(length, 0)),
  ]),
  ...[0, 15, 30, 128, 255].map((kind): [string, Buffer] => [`the unknown kind ${kind}`, empty(kind, 40)]),
  ...[16, 17, 18, 19, 20, 21, 22, 23, 24, 25].map((kind): [string, Buffer] => [
    `the broker’s own kind ${kind}`,
    empty(kind, 40),
  ]),
  ...[
    PUBLISH,
    FrameKind.PUBLISH_NAMED,
    REQUEST,
    REPLY,
    SUBSCRIBE,
    UNSUBSCRIBE,
    CANCEL,
    PING,
    FORGOT,
    SHAPE,
    CONFIRM,
    SETTLED,
  ].map((kind): [string, Buffer] => [`a frame of kind ${kind} with nothing behind its base`, empty(kind, 8)]),
  ['an eighth byte', altered(published, (copy) => copy.writeUInt8(1, 7))],
  ['foreign flags on a message', message({ name: 'a.b', flags: 128 })],
  ['foreign flags on a request', message({ kind: REQUEST, name: 'a.b', flags: layout.flagNoEcho })],
  ['foreign flags on a subscription', altered(subscribe(1, 'a.b'), (copy) => copy.writeUInt8(4, 5))],
  ['a topic number that it was not told', message({ kind: PUBLISH, number: 1 })],
  ['the topic number 0', message({ kind: PUBLISH, number: 0 })],
  ['a topic number out of all bounds', message({ kind: PUBLISH, number: 2 ** 32 - 1 })],
  ['a payload over the limit', message({ name: 'a.b', payload: Buffer.alloc(payloadBytes + 1) })],
  ['a request over the limit', message({ kind: REQUEST, name: 'a.b', payload: Buffer.alloc(payloadBytes + 1) })],
  ['a topic of the broker’s', message({ name: '$sys.member.left' })],
  ['another reserved topic', message({ name: '$mine' })],
  ...['a.*', 'a.>', '*', 'a..b', '.a', 'a b', 'a\n', 'a.'.repeat(16) + 'a'].map((name): [string, Buffer] => [
    `the topic ${JSON.stringify(name)}`,
    message({ name }),
  ]),
  ['a request to a pattern', message({ kind: REQUEST, name: 'a.*' })],
  ['a topic without a name', message({ name: '' })],
  ['a topic of 256 bytes', message({ name: 'a'.repeat(256) })],
  ['a name longer than its frame', altered(published, (copy) => copy.writeUInt32LE(200, layout.topicAt))],
  ['a name longer than anything', altered(published, (copy) => copy.writeUInt32LE(2 ** 32 - 1, layout.topicAt))],
  ['headers longer than their frame', message({ name: 'a.b', flags: layout.flagHeaders, payload: Buffer.alloc(9, 1) })],
  ['headers that are cut off', message({ name: 'a.b', flags: layout.flagHeaders, payload: Buffer.alloc(3) })],
  ['headers over their limit', message({ name: 'a.b', headers: Buffer.alloc(layout.headerBytesMax + 1) })],
  ['a subscription id twice', Buffer.concat([subscribe(1, 'a.b'), subscribe(1, 'c.d')])],
  ['a subscription to no pattern', subscribe(1, 'a..b')],
  ['a pattern longer than its frame', altered(subscribe(1, 'a.b'), (copy) => copy.writeUInt8(200, 16))],
  ['bytes behind a subscription', altered(subscribe(1, 'a.bcd'), (copy) => copy.writeUInt8(3, 16))],
  ['a reference to shapes that were not described', message({ name: 'a.b', flags: layout.flagShaped })],
  ['a shape out of its order', shape(1, 10)],
  ['a shape twice', Buffer.concat([shape(0, 10), shape(0, 10)])],
  ['a shape that says nothing', shape(0, 0)],
  ['a description over the limit', shape(0, layout.descriptionBytesMax + 1)],
  ['more shapes than one member may describe', Buffer.concat(shapes(layout.shapesMax + 1))],
  ['a confirmation of a subscription', confirm(1, subscribe(1, 'a.b'))],
  ['a confirmation of a confirmation', confirm(1, confirm(2, published))],
  ['a confirmation of half a message', confirm(1, published.subarray(0, 18))],
  ['a confirmation of two messages', confirm(1, Buffer.concat([published, published]))],
  [
    'a payload over the limit, to be confirmed',
    confirm(1, message({ name: 'a.b', payload: Buffer.alloc(payloadBytes + 1) })),
  ],
  ['foreign flags on a shape', altered(shape(0, 10), (copy) => copy.writeUInt8(1, 5))],
  ['a number that it was not asked to forget', numberFrame(FORGOT, 3)],
  [
    'bytes behind a number',
    Buffer.concat([altered(numberFrame(PING, 1), (copy) => copy.writeUInt32LE(13, 0)), Buffer.alloc(1)]),
  ],
]

test.each(bad)('%s closes that link, with the reason', async (_, bytes) => {
  const before = pair.errors.length
  const raw = await joinRaw(pair.usher)
  const id = await memberId(raw)
  raw.socket.write(bytes)
  const { code, message: text } = await raw.farewell()
  expect(code).toBe('BAD_FRAME')
  expect(pair.errors.slice(before)).toEqual([{ code, message: text }])
  expect(text).toContain(`member ${id} ("raw") was disconnected: bad frame: `)
  expect(pair.broker.members().map((member) => member.id)).not.toContain(id)
  await pair.expectUnharmed()
})

test('a request that waits already closes that link, and not the responder’s', async () => {
  await pair.worker.call('respondNever', 'never')
  const raw = await joinRaw(pair.usher)
  raw.socket.write(
    Buffer.concat(Array.from({ length: 2 }, () => message({ kind: REQUEST, name: 'never', request: 1 }))),
  )
  expect((await raw.farewell()).code).toBe('BAD_FRAME')
  expect(pair.broker.stats().pendingRequests).toBe(0)
  await pair.expectUnharmed()
})

test('whatever sender a member writes, its messages bear its own id', async () => {
  const raw = await joinRaw(pair.usher)
  const heard = pair.bus.once('forged')
  await pair.bus.flush()
  raw.socket.write(message({ name: 'forged', sender: pair.bus.member?.id ?? 0 }))
  expect((await heard).from).toBe(await memberId(raw))
  raw.socket.destroy()
})

test('replies that nobody asked this member for reach nobody', async () => {
  const raw = await joinRaw(pair.usher)
  await memberId(raw)
  let settle: (value: string) => void = () => undefined
  const responder = pair.bus.respond('question', () => new Promise((resolve) => (settle = resolve)))
  await responder.ready
  const answer = pair.worker.call('request', 'question')
  await expect.poll(() => pair.broker.stats().pendingRequests).toBe(1)
  const requester = (await pair.worker.call('member'))?.id ?? 0
  const forged = Array.from({ length: 50 }, (_, request) =>
    framed((writer) =>
      write.writeReply(writer, { flags: 0, codec: 1, requester, request, payload: Buffer.from('"forged"') }),
    ),
  )
  raw.socket.write(Buffer.concat([...forged, numberFrame(PING, 1)]))
  await raw.frame(FrameKind.PONG)
  settle('true')
  expect(await answer).toBe('true')
  raw.socket.destroy()
  responder.unsubscribe()
  await pair.expectUnharmed()
})

test('headers and data that are no JSON are reported where they are read, and close nothing', async () => {
  const errors: string[] = []
  const note = ({ code }: { code: string }): void => void errors.push(code)
  pair.bus.on('error', note)
  const raw = await joinRaw(pair.usher)
  const heard = pair.bus.once('garbage')
  await pair.bus.flush()
  const names = { name: 'garbage' }
  raw.socket.write(
    Buffer.concat([
      message({ ...names, headers: Buffer.from('{"a":1}') }),
      message({ ...names, headers: Buffer.from([0xff, 0, 0xff]) }),
      message({ ...names, payload: Buffer.from('{') }),
      altered(message(names), (copy) => copy.writeUInt8(99, 6)),
      message({ ...names, payload: Buffer.from('"good"') }),
    ]),
  )
  expect((await heard).data).toBe('good')
  expect(errors).toEqual(['UNDECODABLE', 'UNDECODABLE', 'UNDECODABLE', 'UNKNOWN_CODEC'])
  pair.bus.off('error', note)
  raw.socket.destroy()
  await pair.expectUnharmed()
})

test('a stream that is cut off at any byte takes only its own link', async () => {
  const stream = validStream('cut')
  const before = pair.errors.length
  for (let length = 0; length < stream.length; length++) {
    const raw = await joinRaw(pair.usher)
    raw.socket.end(stream.subarray(0, length))
    await raw.closed
  }
  await pair.expectUnharmed()
  await expect.poll(() => pair.broker.members().length).toBe(2)
  expect(pair.errors.slice(before)).toEqual([])
  expect(pair.broker.stats()).toMatchObject({ subscriptions: 3, pendingRequests: 0 })
})

test('a stream that is split at any byte is understood as one', async () => {
  const stream = validStream('split')
  const raw = await joinRaw(pair.usher)
  await memberId(raw)
  const start = pair.broker.stats()
  // Heartbeats of the healthy pair come in as well.
  const received = (bytes: number): Promise<void> =>
    expect
      .poll(() => pair.broker.stats().receivedBytes - start.receivedBytes, { interval: 0 })
      .toBeGreaterThanOrEqual(bytes)
  for (let at = 1; at < stream.length; at++) {
    const before = (at - 1) * stream.length
    raw.socket.write(stream.subarray(0, at))
    await received(before + at)
    raw.socket.write(stream.subarray(at))
    await received(before + stream.length)
  }
  await expect.poll(() => raw.frames.filter(({ kind }) => kind === FrameKind.PONG).length).toBe(stream.length - 1)
  expect(pair.broker.stats().published - start.published).toBe(4 * (stream.length - 1))
  expect(raw.socket.destroyed).toBe(false)
  raw.socket.destroy()
  await pair.expectUnharmed()
})
