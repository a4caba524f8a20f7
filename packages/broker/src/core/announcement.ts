import { ChunkWriter, FrameKind, jsonCodec, write } from '@clusterbus/protocol'

/** A message of the broker's own, as a frame. */
export function announcement(topic: string, data: unknown): Buffer {
  const writer = new ChunkWriter()
  const payload = Buffer.from(JSON.stringify(data))
  const name = Buffer.from(topic)
  const kind = FrameKind.PUBLISH_NAMED
  const message = { kind, flags: 0, codec: jsonCodec.id, topicNumber: 0, name, request: 0, headers: undefined }
  const start = write.beginMessage(writer, message, payload.length)
  writer.position += payload.copy(writer.chunk, writer.position)
  write.endFrame(writer, start)
  return Buffer.concat(writer.take())
}
