import { describe, expect, test } from 'vitest'
import { ChunkWriter, FrameKind, encodeHeaders, layout, read, write } from '../../src/index.ts'
import { thrown } from '../support/thrown.ts'
import { written, base } from '../support/written.ts'

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
