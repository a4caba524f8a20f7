import {
  cacheFrames,
  type CacheTerms,
  ChunkWriter,
  FrameKind,
  layout,
  type Selector,
  write,
} from '@clusterbus/protocol'

/** Frames as a member writes them. */
export function publishNamed(topic: string, payload = '', flags = 0): Buffer {
  return message({ kind: FrameKind.PUBLISH_NAMED, flags, name: Buffer.from(topic), payload })
}

/** A message that refers to shapes. */
export function shaped(topic: string, payload: string, flags = 0): Buffer {
  return publishNamed(topic, payload, layout.flagShaped | flags)
}

export function publishNumbered(topicNumber: number, payload = '', flags = 0): Buffer {
  return message({ kind: FrameKind.PUBLISH, flags, topicNumber, payload })
}

export function shape(shapeNumber: number, description: string): Buffer {
  return written((writer) => write.writeShape(writer, 2, shapeNumber, Buffer.from(description)))
}

export function request(topic: string, number: number, payload = ''): Buffer {
  return message({ kind: FrameKind.REQUEST, name: Buffer.from(topic), request: number, payload })
}

export function reply(requester: number, number: number, payload = ''): Buffer {
  return written((writer) => {
    write.writeReply(writer, { flags: 0, codec: 1, requester, request: number, payload: Buffer.from(payload) })
  })
}

/** A CONFIRM around `inner`, whatever that is. */
export function confirm(number: number, inner: Buffer, handled = true): Buffer {
  return written((writer) => {
    const start = write.beginConfirm(writer, number, handled, inner.length)
    writer.position += inner.copy(writer.chunk, writer.position)
    write.endFrame(writer, start)
  })
}

export function settled(publisher: number, number: number, failed = false): Buffer {
  const flags = failed ? layout.flagFailed : 0
  return written((writer) => write.writeNumbers(writer, FrameKind.SETTLED, flags, publisher, number))
}

export function subscribe(
  id: number,
  pattern: string,
  options: { group?: string; max?: number; responder?: boolean } = {},
): Buffer {
  const { group, max = 0, responder = false } = options
  return written((writer) => write.writeSubscribe(writer, { id, pattern, group, max, responder }))
}

export function cache(id: number, name: string, terms: CacheTerms = {}): Buffer {
  return written((writer) => write.writeNumberAndText(writer, FrameKind.CACHE, id, JSON.stringify({ name, terms })))
}

export function invalidate(invalidation: number, id: number, ...keys: string[]): Buffer {
  return invalidateSelectors(
    invalidation,
    id,
    keys.map((text) => ({ kind: 'key', text })),
  )
}

function invalidateSelectors(invalidation: number, id: number, [first, ...others]: Selector[]): Buffer {
  return written((writer) => {
    writer.reserve(layout.invalidateBytesMax)
    const start = cacheFrames.writeInvalidate(writer, invalidation, id, first ?? { kind: 'all', text: '' })
    for (const selector of others) cacheFrames.extendInvalidate(writer, start, selector)
  })
}

export function claim(claimed: number, id: number, key: string): Buffer {
  return written((writer) => cacheFrames.writeClaim(writer, claimed, id, key))
}

export function release(claimed: number, flags = 0, value = ''): Buffer {
  const kind = FrameKind.RELEASE
  return written((writer) => {
    cacheFrames.writeClaimed(writer, { kind, number: claimed, flags, codec: 1, value: Buffer.from(value) })
  })
}

export function number(kind: number, value: number): Buffer {
  return written((writer) => write.writeNumber(writer, kind, value))
}

function message(fields: {
  kind: number
  flags?: number
  name?: Buffer
  topicNumber?: number
  request?: number
  payload: string
}): Buffer {
  const { kind, flags = 0, name, topicNumber = 0, request: requestNumber = 0 } = fields
  const payload = Buffer.from(fields.payload)
  return written((writer) => {
    const start = write.beginMessage(
      writer,
      { kind, flags, codec: 1, topicNumber, name, request: requestNumber, headers: undefined },
      payload.length,
    )
    writer.position += payload.copy(writer.chunk, writer.position)
    write.endFrame(writer, start)
  })
}

function written(use: (writer: ChunkWriter) => void): Buffer {
  const writer = new ChunkWriter()
  use(writer)
  return Buffer.concat(writer.take())
}
