import { ChunkWriter, encodeHeaders, FrameKind, type Headers, layout, write } from '@clusterbus/protocol'

export interface MessageFields {
  readonly from?: number
  /** The topic's number; without it the message comes by name. */
  readonly number?: number
  readonly name?: string
  readonly flags?: number
  readonly codec?: number
  readonly headers?: Headers
  readonly payload?: string | Uint8Array
}

/** The frames that `use` writes, one behind the other. */
export function written(use: (writer: ChunkWriter) => void): Buffer {
  const writer = new ChunkWriter()
  use(writer)
  return Buffer.concat(writer.take())
}

/** A PUBLISH or PUBLISH_NAMED as it comes from a broker. */
export function message(fields: MessageFields): Buffer {
  const { from = 1, number = 0, name, flags = 0, codec = 1 } = fields
  const payload = Buffer.from(fields.payload ?? '')
  const headers = fields.headers === undefined ? undefined : encodeHeaders(fields.headers, 'test')
  const kind = name === undefined ? FrameKind.PUBLISH : FrameKind.PUBLISH_NAMED
  const bytes = name === undefined ? undefined : Buffer.from(name)
  const frame = written((writer) => {
    const start = write.beginMessage(
      writer,
      { kind, flags, codec, topicNumber: number, name: bytes, request: 0, headers },
      payload.length,
    )
    writer.position += payload.copy(writer.chunk, writer.position)
    write.endFrame(writer, start)
  })
  layout.writeU32(frame, layout.senderAt, from)
  return frame
}

/** A SHAPE as it comes from a broker. */
export function shape(from: number, number: number, description: string, codec: number): Buffer {
  const frame = written((writer) => write.writeShape(writer, codec, number, Buffer.from(description)))
  layout.writeU32(frame, layout.senderAt, from)
  return frame
}

export function gone(member: number): Buffer {
  return written((writer) => write.writeNumber(writer, FrameKind.GONE, member))
}

export function topic(number: number, name: string): Buffer {
  return written((writer) => write.writeNumberAndText(writer, FrameKind.TOPIC, number, name))
}
