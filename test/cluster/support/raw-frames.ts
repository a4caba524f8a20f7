import { ChunkWriter, FrameKind, layout, write } from '@clusterbus/protocol'

export interface RawMessage {
  readonly kind?: number
  readonly flags?: number
  readonly name?: string
  readonly number?: number
  readonly request?: number
  readonly headers?: Buffer
  readonly sender?: number
  readonly payload?: Buffer
}

/** The frames that `writes` writes, one behind the other. */
export function framed(writes: (writer: ChunkWriter) => void): Buffer {
  const writer = new ChunkWriter()
  writes(writer)
  return Buffer.concat(writer.take())
}

/** A message, with every field as given, right or wrong. */
export function message(fields: RawMessage): Buffer {
  const { kind = FrameKind.PUBLISH_NAMED, flags = 0, number = 0, request = 0, headers, sender = 0 } = fields
  const payload = fields.payload ?? Buffer.from('1')
  const bytes = framed((writer) => {
    const name = fields.name === undefined ? undefined : Buffer.from(fields.name)
    const start = write.beginMessage(
      writer,
      { kind, flags, codec: 1, topicNumber: number, name, request, headers },
      payload.length,
    )
    writer.chunk.set(payload, writer.position)
    writer.position += payload.length
    write.endFrame(writer, start)
  })
  layout.writeU32(bytes, layout.senderAt, sender)
  return bytes
}

/** A CONFIRM around `inner`, whatever that is. */
export function confirm(number: number, inner: Buffer): Buffer {
  return framed((writer) => {
    const start = write.beginConfirm(writer, number, true, inner.length)
    writer.position += inner.copy(writer.chunk, writer.position)
    write.endFrame(writer, start)
  })
}

export function subscribe(id: number, pattern: string, group?: string): Buffer {
  return framed((writer) => write.writeSubscribe(writer, { id, pattern, group, max: 0, responder: false }))
}

export function numberFrame(kind: number, value: number): Buffer {
  return framed((writer) => write.writeNumber(writer, kind, value))
}

/** A frame of that kind and length, with nothing in it. */
export function empty(kind: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  bytes.writeUInt32LE(length, 0)
  bytes[4] = kind
  return bytes
}

/** The same frame with some of its bytes changed. */
export function altered(frame: Buffer, alter: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(frame)
  alter(copy)
  return copy
}

/** What an orderly member may say, kind by kind, however often. */
export function validStream(topic: string): Buffer {
  return Buffer.concat([
    subscribe(1, `${topic}.one`),
    subscribe(2, `${topic}.*`, 'group'),
    message({ name: `${topic}.one`, headers: Buffer.from('{"a":"b"}') }),
    message({ name: `${topic}.two`, flags: layout.flagNoEcho }),
    message({ kind: FrameKind.REQUEST, name: `${topic}.nobody`, request: 9 }),
    numberFrame(FrameKind.CANCEL, 9),
    framed((writer) =>
      write.writeReply(writer, { flags: 0, codec: 1, requester: 3, request: 3, payload: Buffer.from('1') }),
    ),
    confirm(10, message({ name: `${topic}.one` })),
    framed((writer) => write.writeNumbers(writer, FrameKind.SETTLED, layout.flagFailed, 3, 10)),
    confirm(11, message({ name: `${topic}.nobody`, flags: layout.flagNoEcho })),
    numberFrame(FrameKind.CANCEL, 10),
    numberFrame(FrameKind.UNSUBSCRIBE, 1),
    numberFrame(FrameKind.UNSUBSCRIBE, 2),
    numberFrame(FrameKind.PING, 7),
  ])
}
