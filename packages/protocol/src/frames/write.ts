import type { ChunkWriter } from './chunk-writer.ts'
import * as layout from './layout.ts'

const { FrameKind } = layout

/**
 * Begins a frame whose payload comes next. Makes room for `payloadBytes` at most, writes all that stands before the
 * payload, and returns where the frame starts. {@link endFrame} completes it; until then nothing else may be written.
 */
export interface MessageStart {
  readonly kind: number
  readonly flags: number
  readonly codec: number
  /** The topic's number, or 0 where `name` stands in the frame. */
  readonly topicNumber: number
  readonly name: Buffer | undefined
  readonly request: number
  readonly headers: Buffer | undefined
}

export function beginMessage(writer: ChunkWriter, message: MessageStart, payloadBytes: number): number {
  const { kind, name, headers } = message
  const fixedBytes = kind === FrameKind.REQUEST ? layout.requestBytes : layout.publishBytes
  writer.reserve(fixedBytes + (name?.length ?? 0) + (headers === undefined ? 0 : 4 + headers.length) + payloadBytes)
  const { chunk, position: start } = writer
  writeBase(
    chunk,
    start,
    kind,
    headers === undefined ? message.flags : message.flags | layout.flagHeaders,
    message.codec,
  )
  layout.writeU32(chunk, start + layout.senderAt, 0)
  layout.writeU32(chunk, start + layout.topicAt, name === undefined ? message.topicNumber : name.length)
  if (kind === FrameKind.REQUEST) layout.writeU32(chunk, start + layout.requestAt, message.request)
  let at = start + fixedBytes
  if (name !== undefined) at += name.copy(chunk, at)
  if (headers !== undefined) {
    layout.writeU32(chunk, at, headers.length)
    at += 4 + headers.copy(chunk, at + 4)
  }
  writer.position = at
  return start
}

/** Completes the frame that began at `start` and ends at the writer's position. */
export function endFrame(writer: ChunkWriter, start: number): void {
  layout.writeU32(writer.chunk, start, writer.position - start)
}

/** Writes the fixed part of a PUBLISH that stands from `start` to the writer's position. */
export function writePublishBase(
  writer: ChunkWriter,
  start: number,
  flags: number,
  codec: number,
  topicNumber: number,
): void {
  const { chunk } = writer
  layout.writeU32(chunk, start, writer.position - start)
  writeBase(chunk, start, FrameKind.PUBLISH, flags, codec)
  layout.writeU32(chunk, start + layout.senderAt, 0)
  layout.writeU32(chunk, start + layout.topicAt, topicNumber)
}

/** Writes a REPLY. `payload` is copied. */
export function writeReply(
  writer: ChunkWriter,
  reply: { flags: number; codec: number; requester: number; request: number; payload: Uint8Array },
): void {
  const start = begin(writer, FrameKind.REPLY, layout.requestBytes + reply.payload.length, reply.flags, reply.codec)
  layout.writeU32(writer.chunk, start + layout.senderAt, 0)
  layout.writeU32(writer.chunk, start + layout.topicAt, reply.requester)
  layout.writeU32(writer.chunk, start + layout.requestAt, reply.request)
  writer.chunk.set(reply.payload, start + layout.requestBytes)
}

export interface SubscribeFields {
  readonly id: number
  readonly pattern: string
  readonly group: string | undefined
  /** Messages after which the subscription ends by itself; 0 for never. */
  readonly max: number
  readonly responder: boolean
}

export function writeSubscribe(writer: ChunkWriter, fields: SubscribeFields): void {
  const pattern = Buffer.from(fields.pattern)
  const group = Buffer.from(fields.group ?? '')
  const flags = (fields.responder ? layout.flagResponder : 0) | (fields.group === undefined ? 0 : layout.flagGroup)
  const length = layout.subscribeBytes + pattern.length + group.length
  const start = begin(writer, FrameKind.SUBSCRIBE, length, flags, 0)
  const { chunk } = writer
  layout.writeU32(chunk, start + 8, fields.id)
  layout.writeU32(chunk, start + 12, fields.max)
  chunk[start + 16] = pattern.length
  chunk[start + 17] = group.length
  pattern.copy(chunk, start + layout.subscribeBytes)
  group.copy(chunk, start + layout.subscribeBytes + pattern.length)
}

/** Writes how the shape with that number is described. */
export function writeShape(writer: ChunkWriter, codec: number, number: number, description: Uint8Array): void {
  const start = begin(writer, FrameKind.SHAPE, layout.shapeBytes + description.length, 0, codec)
  layout.writeU32(writer.chunk, start + layout.senderAt, 0)
  layout.writeU32(writer.chunk, start + layout.shapeNumberAt, number)
  writer.chunk.set(description, start + layout.shapeBytes)
}

/** Writes a frame that consists of one number, such as UNSUBSCRIBE, PING or RENEW. */
export function writeNumber(writer: ChunkWriter, kind: number, value: number): void {
  const start = begin(writer, kind, 12, 0, 0)
  layout.writeU32(writer.chunk, start + 8, value)
}

/** Writes a frame of a number and text: TOPIC, REFUSED, GAP, CACHE, CACHED. */
export function writeNumberAndText(writer: ChunkWriter, kind: number, value: number, text: string, flags = 0): void {
  const bytes = Buffer.from(text)
  const start = begin(writer, kind, 12 + bytes.length, flags, 0)
  layout.writeU32(writer.chunk, start + 8, value)
  bytes.copy(writer.chunk, start + 12)
}

/** Writes a frame of text alone: WELCOME, CLOSE, TERMS. */
export function writeText(writer: ChunkWriter, kind: number, text: string): void {
  const bytes = Buffer.from(text)
  const start = begin(writer, kind, layout.baseBytes + bytes.length, 0, 0)
  bytes.copy(writer.chunk, start + layout.baseBytes)
}

/** Writes which group subscriptions of the member the next frame is for, and whether its plain ones take it too. */
export function writePick(writer: ChunkWriter, subscriptions: readonly number[], plain: boolean): void {
  const length = 12 + 4 * subscriptions.length
  const start = begin(writer, FrameKind.PICK, length, plain ? layout.flagPlain : 0, 0)
  layout.writeU32(writer.chunk, start + 8, subscriptions.length)
  for (const [index, id] of subscriptions.entries()) layout.writeU32(writer.chunk, start + 12 + 4 * index, id)
}

/**
 * Begins a CONFIRM around a message of `messageBytes` at most, which comes next. Returns where it starts; {@link endFrame}
 * completes it.
 */
export function beginConfirm(writer: ChunkWriter, number: number, handled: boolean, messageBytes: number): number {
  // All in one chunk: a frame must not be cut by the end of one.
  writer.reserve(layout.confirmBytes + messageBytes)
  const { chunk, position: start } = writer
  writeBase(chunk, start, FrameKind.CONFIRM, handled ? layout.flagHandled : 0, 0)
  layout.writeU32(chunk, start + 8, number)
  writer.position += layout.confirmBytes
  return start
}

/** Writes a frame of numbers, such as TRACK, CONFIRMED or LEASE. */
export function writeNumbers(writer: ChunkWriter, kind: number, flags: number, ...values: readonly number[]): void {
  const start = begin(writer, kind, layout.baseBytes + 4 * values.length, flags, 0)
  for (const [index, value] of values.entries())
    layout.writeU32(writer.chunk, start + layout.baseBytes + 4 * index, value)
}

/** Writes the base of a frame whose length is known, and moves the writer behind the frame. */
function begin(writer: ChunkWriter, kind: number, length: number, flags: number, codec: number): number {
  writer.reserve(length)
  const start = writer.position
  writeBase(writer.chunk, start, kind, flags, codec)
  layout.writeU32(writer.chunk, start, length)
  writer.position = start + length
  return start
}

function writeBase(chunk: Buffer, start: number, kind: number, flags: number, codec: number): void {
  chunk[start + 4] = kind
  chunk[start + 5] = flags
  chunk[start + 6] = codec
  chunk[start + 7] = 0
}
