import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChunkWriter, FrameKind, layout, read, write } from '../../src/index.ts'
import { thrown } from '../support/thrown.ts'
import { written, base } from '../support/written.ts'

/** A PUBLISH that is to be confirmed. */
function confirmed(writer: ChunkWriter, handled: boolean, payload: string): void {
  const start = write.beginConfirm(writer, 4_000_000_000, handled, layout.publishBytes + payload.length)
  const { position } = writer
  writer.position += layout.publishBytes
  writer.position += writer.chunk.write(payload, writer.position)
  write.writePublishBase(writer, position, 0, 1, 7)
  write.endFrame(writer, start)
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
