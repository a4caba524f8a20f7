import { BusError, isBusErrorCode, type BusErrorCode } from '../errors.ts'
import { patternFault, quoted, topicFault } from '../topics/topic.ts'
import { type ToldTerms, termsFault } from '../terms.ts'
import * as layout from './layout.ts'
import type { SubscribeFields } from './write.ts'

/** A frame that breaks the rules: its link cannot be trusted any further. */
export function badFrame(what: string): BusError {
  return new BusError('BAD_FRAME', `bad frame: ${what}`)
}

/** Throws `BAD_FRAME` unless the frame at `start` is at least `length` bytes long. */
export function assertFrameBytes(start: number, end: number, length: number, what: string): void {
  if (end - start < length) throw badFrame(`${what} of ${end - start} bytes is shorter than ${length}`)
}

/** Throws `BAD_FRAME` unless the frame is exactly `length` bytes long. */
export function assertFrameExact(start: number, end: number, length: number, what: string): void {
  if (end - start !== length) throw badFrame(`${what} of ${end - start} bytes instead of ${length}`)
}

/** Where the payload of a message starts that has its headers, or else its payload, at `at`. */
export function payloadStart(bytes: Buffer, start: number, at: number, end: number): number {
  if (((bytes[start + 5] ?? 0) & layout.flagHeaders) === 0) return at
  if (end - at < 4) throw badFrame('the headers are cut off')
  const length = layout.readU32(bytes, at)
  if (length > layout.headerBytesMax) throw badFrame(`headers of ${length} bytes`)
  if (length > end - at - 4) throw badFrame('the headers are cut off')
  return at + 4 + length
}

/** Bytes of payload in a frame that was written here; 0 for one that carries no data. */
export function messagePayloadBytes(bytes: Buffer, start: number, end: number): number {
  const kind = bytes[start + 4]
  if (kind === layout.FrameKind.CONFIRM) return messagePayloadBytes(bytes, start + layout.confirmBytes, end)
  if (kind === layout.FrameKind.PUBLISH) return end - payloadStart(bytes, start, start + layout.publishBytes, end)
  const nameBytes = layout.readU32(bytes, start + layout.topicAt)
  if (kind === layout.FrameKind.PUBLISH_NAMED) {
    return end - payloadStart(bytes, start, start + layout.publishBytes + nameBytes, end)
  }
  if (kind === layout.FrameKind.REQUEST) {
    return end - payloadStart(bytes, start, start + layout.requestBytes + nameBytes, end)
  }
  return 0
}

/** The topic's name in a PUBLISH_NAMED or REQUEST whose fixed part ends at `at`. Its characters are not checked. */
export function readName(bytes: Buffer, start: number, at: number, end: number): string {
  const length = layout.readU32(bytes, start + layout.topicAt)
  if (length < 1 || length > 255 || length > end - at) throw badFrame(`a topic of ${length} bytes`)
  return bytes.toString('utf8', at, at + length)
}

/** Throws `BAD_FRAME` for a name that no bus would let pass. */
export function assertWireTopic(name: string): void {
  const fault = topicFault(name)
  if (fault !== undefined) throw badFrame(`the topic ${quoted(name)} ${fault}`)
}

export function readSubscribe(bytes: Buffer, start: number, end: number): SubscribeFields {
  assertFrameBytes(start, end, layout.subscribeBytes + 1, 'SUBSCRIBE')
  const flags = bytes[start + 5] ?? 0
  if (flags > (layout.flagResponder | layout.flagGroup)) throw badFrame(`SUBSCRIBE with flags ${flags}`)
  const patternAt = start + layout.subscribeBytes
  const groupAt = patternAt + (bytes[start + 16] ?? 0)
  assertFrameExact(start, end, groupAt + (bytes[start + 17] ?? 0) - start, 'SUBSCRIBE')
  const pattern = bytes.toString('utf8', patternAt, groupAt)
  const fault = patternFault(pattern)
  if (fault !== undefined) throw badFrame(`the pattern ${quoted(pattern)} ${fault}`)
  return {
    id: layout.readU32(bytes, start + 8),
    pattern,
    group: (flags & layout.flagGroup) === 0 ? undefined : bytes.toString('utf8', groupAt, end),
    max: layout.readU32(bytes, start + 12),
    responder: (flags & layout.flagResponder) !== 0,
  }
}

/** What stands before the message in a CONFIRM, which starts at `at` and ends with the frame. */
export interface ConfirmFields {
  readonly number: number
  /** Whether it is to be handled, and not only routed. */
  readonly handled: boolean
  readonly at: number
}

/** Reads a CONFIRM. The message in it is not checked any further than that it is one, and the only one. */
export function readConfirm(bytes: Buffer, start: number, end: number): ConfirmFields {
  const at = start + layout.confirmBytes
  assertFrameBytes(start, end, layout.confirmBytes + layout.publishBytes, 'CONFIRM')
  const flags = bytes[start + 5] ?? 0
  if ((flags & ~layout.flagHandled) !== 0) throw badFrame(`CONFIRM with flags ${flags}`)
  const kind = bytes[at + 4]
  if (kind !== layout.FrameKind.PUBLISH && kind !== layout.FrameKind.PUBLISH_NAMED) {
    throw badFrame(`CONFIRM of a frame of kind ${kind}`)
  }
  assertFrameExact(at, end, layout.readU32(bytes, at), 'the message in a CONFIRM')
  if (bytes[at + 7] !== 0) throw badFrame('the eighth byte of the message in a CONFIRM is not zero')
  return { number: layout.readU32(bytes, start + 8), handled: flags === layout.flagHandled, at }
}

/** The `count` numbers of a frame such as TRACK, CONFIRMED or LEASE. */
export function readNumbers(bytes: Buffer, start: number, end: number, count: number): number[] {
  assertFrameExact(start, end, layout.baseBytes + 4 * count, `a frame of ${count} numbers`)
  return Array.from({ length: count }, (_, index) => layout.readU32(bytes, start + layout.baseBytes + 4 * index))
}

/** The one number of a frame such as UNSUBSCRIBE, PING or RENEW. */
export function readNumber(bytes: Buffer, start: number, end: number): number {
  assertFrameExact(start, end, 12, 'a frame of one number')
  return layout.readU32(bytes, start + 8)
}

/** Whether a FULL or HOLD says yes. */
export function readFlag(bytes: Buffer, start: number, end: number): boolean {
  const number = readNumber(bytes, start, end)
  if (number > 1) throw badFrame(`${number} instead of 0 or 1`)
  return number === 1
}

/** A failure as it travels: what {@link failureText} wrote. Unknown codes and wrong types are `BAD_FRAME`. */
export function readFailure(text: string): { code: BusErrorCode; message: string } {
  const value = parseObject(text)
  const { code, message } = value
  if (!isBusErrorCode(code) || typeof message !== 'string') throw badFrame('a failure without code and message')
  return { code, message }
}

export function failureText(code: BusErrorCode, message: string): string {
  return JSON.stringify({ code, message })
}

/** What a TERMS says. Anything but known terms with values that they may have is `BAD_FRAME`. */
export function readTerms(bytes: Buffer, start: number, end: number): ToldTerms {
  const length = end - start - layout.baseBytes
  if (length > layout.termsBytesMax) throw badFrame(`TERMS of ${length} bytes`)
  const terms = parseObject(bytes.toString('utf8', start + layout.baseBytes, end))
  assertTerms(terms)
  return terms
}

function assertTerms(terms: object): asserts terms is ToldTerms {
  const fault = termsFault(terms)
  if (fault !== undefined) throw badFrame(`TERMS: ${fault}`)
}

/** Parses text that must be a JSON object. The result is to be looked at key by key. */
export function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new BusError('BAD_FRAME', 'bad frame: text that is not JSON', { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badFrame('JSON that is not an object')
  return Object.fromEntries(Object.entries(value))
}
