import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChunkWriter, FrameKind, FrameStream, encodeHeaders, layout, read, write } from '../../src/index.ts'
import { thrown } from '../support/thrown.ts'

/** One frame between others, with its place. */
function written(into: (writer: ChunkWriter) => void): { bytes: Buffer; start: number; end: number } {
  const writer = new ChunkWriter()
  write.writeText(writer, FrameKind.CLOSE, '')
  const start = writer.queuedBytes
  into(writer)
  const end = writer.queuedBytes
  write.writeText(writer, FrameKind.CLOSE, '')
  const bytes = Buffer.concat(writer.take())
  const edges: number[][] = []
  new FrameStream(1 << 20).push(bytes, (_, from, to) => edges.push([from, to]))
  expect(edges[1]).toStrictEqual([start, end])
  return { bytes, start, end }
}

/** A PUBLISH that is to be confirmed. */
function confirmed(writer: ChunkWriter, handled: boolean, payload: string): void {
  const start = write.beginConfirm(writer, 4_000_000_000, handled, layout.publishBytes + payload.length)
  const { position } = writer
  writer.position += layout.publishBytes
  writer.position += writer.chunk.write(payload, writer.position)
  write.writePublishBase(writer, position, 0, 1, 7)
  write.endFrame(writer, start)
}

function base(bytes: Buffer, start: number): object {
  return {
    length: layout.readU32(bytes, start),
    kind: bytes[start + 4],
    flags: bytes[start + 5],
    codec: bytes[start + 6],
    zero: bytes[start + 7],
  }
}

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })

describe('numbers', () => {
  test('of 32 bits are read as they were written, in little-endian order', () => {
    const bytes = Buffer.alloc(9, 0xee)
    fc.assert(
      fc.property(u32, (value) => {
        layout.writeU32(bytes, 3, value)
        expect(layout.readU32(bytes, 3)).toBe(value)
        expect(bytes.readUInt32LE(3)).toBe(value)
        expect([bytes[2], bytes[7]]).toStrictEqual([0xee, 0xee])
      }),
    )
  })
})

describe('messages', () => {
  const name = Buffer.from('user.login')
  const headers = encodeHeaders({ trace: 'x' }, 'publish')
  const payload = Buffer.from('payload')

  const kinds = [
    {
      title: 'PUBLISH',
      kind: FrameKind.PUBLISH,
      fixed: layout.publishBytes,
      name: undefined,
      topicNumber: 4_000_000_000,
      request: 0,
    },
    {
      title: 'PUBLISH_NAMED',
      kind: FrameKind.PUBLISH_NAMED,
      fixed: layout.publishBytes,
      name,
      topicNumber: 0,
      request: 0,
    },
    {
      title: 'REQUEST',
      kind: FrameKind.REQUEST,
      fixed: layout.requestBytes,
      name,
      topicNumber: 0,
      request: 4_000_000_001,
    },
  ]

  describe.each(kinds)('$title', ({ kind, fixed, name: sentName, topicNumber, request }) => {
    test.each([undefined, headers])('is read as it was written, headers: %s', (sentHeaders) => {
      const message = {
        kind,
        flags: layout.flagNoEcho,
        codec: 200,
        topicNumber,
        name: sentName,
        request,
        headers: sentHeaders,
      }
      const { bytes, start, end } = written((writer) => put(writer, message, payload))
      const flags = layout.flagNoEcho | (sentHeaders ? layout.flagHeaders : 0)
      expect(base(bytes, start)).toStrictEqual({ length: end - start, kind, flags, codec: 200, zero: 0 })
      expect(layout.readU32(bytes, start + layout.senderAt)).toBe(0)
      if (kind === FrameKind.REQUEST) expect(layout.readU32(bytes, start + layout.requestAt)).toBe(request)
      if (sentName === undefined) expect(layout.readU32(bytes, start + layout.topicAt)).toBe(topicNumber)
      else expect(read.readName(bytes, start, start + fixed, end)).toBe('user.login')
      const afterName = start + fixed + (sentName?.length ?? 0)
      const at = read.payloadStart(bytes, start, afterName, end)
      expect(at).toBe(sentHeaders ? afterName + 4 + sentHeaders.length : afterName)
      expect(bytes.toString('utf8', at, end)).toBe('payload')
      expect(read.messagePayloadBytes(bytes, start, end)).toBe('payload'.length)
    })

    test('may have no payload, and one of a megabyte', () => {
      for (const size of [0, 1 << 19]) {
        const message = { kind, flags: 0, codec: 1, topicNumber, name: sentName, request, headers: undefined }
        const { bytes, start, end } = written((writer) => put(writer, message, Buffer.alloc(size, 7)))
        const at = read.payloadStart(bytes, start, start + fixed + (sentName?.length ?? 0), end)
        expect(bytes.subarray(at, end).equals(Buffer.alloc(size, 7))).toBe(true)
      }
    })
  })

  test('room that the payload did not need is used by the next frame', () => {
    const writer = new ChunkWriter()
    const message = {
      kind: FrameKind.PUBLISH,
      flags: 0,
      codec: 1,
      topicNumber: 1,
      name: undefined,
      request: 0,
      headers: undefined,
    }
    const start = write.beginMessage(writer, message, 1000)
    writer.position += 3
    write.endFrame(writer, start)
    expect(writer.queuedBytes).toBe(layout.publishBytes + 3)
  })

  test('REPLY is read as it was written', () => {
    const reply = { flags: layout.flagFailed, codec: 3, requester: 4_000_000_000, request: 77, payload }
    const { bytes, start, end } = written((writer) => write.writeReply(writer, reply))
    expect(base(bytes, start)).toStrictEqual({
      length: end - start,
      kind: FrameKind.REPLY,
      flags: layout.flagFailed,
      codec: 3,
      zero: 0,
    })
    expect(layout.readU32(bytes, start + layout.topicAt)).toBe(4_000_000_000)
    expect(layout.readU32(bytes, start + layout.requestAt)).toBe(77)
    expect(bytes.toString('utf8', start + layout.requestBytes, end)).toBe('payload')
  })

  function put(writer: ChunkWriter, message: Parameters<typeof write.beginMessage>[1], content: Buffer): void {
    const start = write.beginMessage(writer, message, content.length)
    writer.position += content.copy(writer.chunk, writer.position)
    write.endFrame(writer, start)
  }
})

describe('faults of messages', () => {
  const bytes = Buffer.alloc(64)

  test('headers that are cut off, or too long, are a bad frame', () => {
    bytes[5] = layout.flagHeaders
    expect(thrown(() => read.payloadStart(bytes, 0, 16, 19)).message).toContain('the headers are cut off')
    layout.writeU32(bytes, 16, 13)
    expect(thrown(() => read.payloadStart(bytes, 0, 16, 32)).message).toContain('the headers are cut off')
    expect(read.payloadStart(bytes, 0, 16, 33)).toBe(33)
    layout.writeU32(bytes, 16, layout.headerBytesMax + 1)
    expect(thrown(() => read.payloadStart(bytes, 0, 16, 1 << 20)).message).toContain('headers of 16385 bytes')
    layout.writeU32(bytes, 16, 2 ** 32 - 1)
    expect(thrown(() => read.payloadStart(bytes, 0, 16, 33)).code).toBe('BAD_FRAME')
  })

  test.each([0, 256, 2 ** 32 - 1])('a name of %i bytes is a bad frame', (length) => {
    layout.writeU32(bytes, layout.topicAt, length)
    expect(thrown(() => read.readName(bytes, 0, 16, 1 << 20)).code).toBe('BAD_FRAME')
  })

  test('a name that is cut off is a bad frame', () => {
    layout.writeU32(bytes, layout.topicAt, 10)
    expect(thrown(() => read.readName(bytes, 0, 16, 25)).code).toBe('BAD_FRAME')
    expect(() => read.readName(bytes, 0, 16, 26)).not.toThrow()
  })

  test('a name that no client would let pass is a bad frame', () => {
    for (const name of ['a..b', 'a.*', 'a b', ''])
      expect(thrown(() => read.assertWireTopic(name)).code).toBe('BAD_FRAME')
    expect(() => read.assertWireTopic('a.b')).not.toThrow()
  })
})

describe('SUBSCRIBE', () => {
  const fields = { id: 4_000_000_000, pattern: 'user.>', group: 'workers', max: 3, responder: true }

  test.each([
    fields,
    { ...fields, group: undefined },
    { ...fields, group: '' },
    { ...fields, responder: false, max: 0 },
    { ...fields, pattern: 'ä'.repeat(127) },
  ])('is read as it was written: %j', (sent) => {
    const { bytes, start, end } = written((writer) => write.writeSubscribe(writer, sent))
    expect(bytes[start + 4]).toBe(FrameKind.SUBSCRIBE)
    expect(read.readSubscribe(bytes, start, end)).toStrictEqual(sent)
  })

  test('cut off at every byte, or longer by one, it is a bad frame', () => {
    const { bytes, start, end } = written((writer) => write.writeSubscribe(writer, fields))
    for (let at = start; at < end; at += 1)
      expect(thrown(() => read.readSubscribe(bytes, start, at)).code).toBe('BAD_FRAME')
    expect(thrown(() => read.readSubscribe(bytes, start, end + 1)).code).toBe('BAD_FRAME')
  })

  test('with a pattern that no client would let pass it is a bad frame', () => {
    const { bytes, start, end } = written((writer) => write.writeSubscribe(writer, { ...fields, pattern: 'a..b' }))
    expect(thrown(() => read.readSubscribe(bytes, start, end)).message).toContain('empty token')
  })

  test('with a flag that there is not it is a bad frame', () => {
    const { bytes, start, end } = written((writer) => write.writeSubscribe(writer, fields))
    bytes[start + 5] = 4
    expect(thrown(() => read.readSubscribe(bytes, start, end)).code).toBe('BAD_FRAME')
  })
})

describe('small frames', () => {
  test('of one number are read as they were written, and are bad frames when longer or shorter', () => {
    const { bytes, start, end } = written((writer) => write.writeNumber(writer, FrameKind.PING, 4_000_000_000))
    expect(base(bytes, start)).toStrictEqual({ length: 12, kind: FrameKind.PING, flags: 0, codec: 0, zero: 0 })
    expect(read.readNumber(bytes, start, end)).toBe(4_000_000_000)
    for (const wrong of [end - 1, end + 1, start])
      expect(thrown(() => read.readNumber(bytes, start, wrong)).code).toBe('BAD_FRAME')
  })

  test('of a number and text carry both', () => {
    const { bytes, start, end } = written((writer) => write.writeNumberAndText(writer, FrameKind.TOPIC, 7, 'ä.b'))
    expect([layout.readU32(bytes, start + 8), bytes.toString('utf8', start + 12, end)]).toStrictEqual([7, 'ä.b'])
  })

  test('of text alone carry it', () => {
    const { bytes, start, end } = written((writer) => write.writeText(writer, FrameKind.CLOSE, 'ä'))
    expect([bytes[start + 4], bytes.toString('utf8', start + layout.baseBytes, end)]).toStrictEqual([
      FrameKind.CLOSE,
      'ä',
    ])
  })

  test.each([true, false])('PICK carries its subscriptions, and whether plain ones take the message: %s', (plain) => {
    const { bytes, start, end } = written((writer) => write.writePick(writer, [1, 4_000_000_000], plain))
    expect(bytes[start + 5]).toBe(plain ? layout.flagPlain : 0)
    expect([8, 12, 16].map((at) => layout.readU32(bytes, start + at))).toStrictEqual([2, 1, 4_000_000_000])
    expect(end - start).toBe(20)
  })

  test.each([true, false])('CONFIRM carries its number and one message, to be handled: %s', (handled) => {
    const { bytes, start, end } = written((writer) => confirmed(writer, handled, 'payload'))
    expect(read.readConfirm(bytes, start, end)).toStrictEqual({ number: 4_000_000_000, handled, at: start + 12 })
    expect(bytes.toString('utf8', start + 12 + layout.publishBytes, end)).toBe('payload')
    expect(read.messagePayloadBytes(bytes, start, end)).toBe(7)
  })

  test('CONFIRM is never cut by the end of a chunk', () => {
    const writer = new ChunkWriter()
    for (let count = 0; count < 5_000; count += 1) confirmed(writer, true, 'x'.repeat(count % 97))
    for (const segment of writer.take()) {
      for (let at = 0; at < segment.length; at += layout.readU32(segment, at)) {
        expect(segment[at + 4]).toBe(FrameKind.CONFIRM)
        read.readConfirm(segment, at, at + layout.readU32(segment, at))
      }
    }
  })

  test('CONFIRM is refused when it is cut anywhere', () => {
    const { bytes, start, end } = written((writer) => confirmed(writer, true, ''))
    for (let cut = start + layout.baseBytes; cut < end; cut += 1) {
      expect(thrown(() => read.readConfirm(bytes, start, cut)).code).toBe('BAD_FRAME')
    }
  })

  test.each([FrameKind.TRACK, FrameKind.SETTLED, FrameKind.CONFIRMED])('of numbers carry all of them: %s', (kind) => {
    const { bytes, start, end } = written((writer) => write.writeNumbers(writer, kind, 4, 1, 4_000_000_000))
    expect(base(bytes, start)).toStrictEqual({ length: 16, kind, flags: 4, codec: 0, zero: 0 })
    expect(read.readNumbers(bytes, start, end, 2)).toStrictEqual([1, 4_000_000_000])
    for (const count of [1, 3]) expect(thrown(() => read.readNumbers(bytes, start, end, count)).code).toBe('BAD_FRAME')
  })

  test('a frame that is too short, or not exact, is named', () => {
    expect(() => read.assertFrameBytes(2, 10, 8, 'PUBLISH')).not.toThrow()
    expect(thrown(() => read.assertFrameBytes(2, 9, 8, 'PUBLISH')).message).toBe(
      'bad frame: PUBLISH of 7 bytes is shorter than 8',
    )
    expect(thrown(() => read.assertFrameExact(2, 9, 8, 'PING')).message).toBe('bad frame: PING of 7 bytes instead of 8')
  })
})

describe('failures', () => {
  test('are read as they were written', () => {
    expect(read.readFailure(read.failureText('TIMEOUT', 'too "late"'))).toStrictEqual({
      code: 'TIMEOUT',
      message: 'too "late"',
    })
  })

  test.each([
    '',
    'x',
    '[]',
    'null',
    '{}',
    '{"code":"TIMEOUT"}',
    '{"code":"NO_SUCH","message":"x"}',
    '{"code":"TIMEOUT","message":5}',
    '{"code":"toString","message":""}',
  ])('are a bad frame when they are none: %s', (text) => {
    expect(thrown(() => read.readFailure(text)).code).toBe('BAD_FRAME')
  })

  test('text that is no JSON keeps the reason as its cause', () => {
    expect(thrown(() => read.parseObject('{')).cause).toBeInstanceOf(SyntaxError)
  })
})
