import { BusError } from '../errors.ts'
import { quoted } from '../topics/topic.ts'
import { headerBytesMax } from './layout.ts'
import { badFrame, parseObject } from './read.ts'

/** Headers of a message: names and values are strings, kept as they were written. */
export type Headers = Readonly<Record<string, string>>

/** The headers of a message that has none. It has no prototype, like every set of headers. */
export const noHeaders: Headers = Object.freeze(Object.create(null))

/** Encodes headers; throws `UNENCODABLE` for what is not an object of strings, `PAYLOAD_TOO_LARGE` past 16 KiB. */
export function encodeHeaders(headers: unknown, call: string): Buffer {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw new BusError('UNENCODABLE', `${call}: headers must be an object of strings`)
  }
  // Read once: a getter may say something else the next time.
  const entries = Object.entries(headers)
  for (const [name, value] of entries) {
    if (typeof value !== 'string') {
      throw new BusError('UNENCODABLE', `${call}: the header ${quoted(name)} is a ${typeof value}, not a string`)
    }
  }
  const bytes = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  if (bytes.length > headerBytesMax) {
    const message = `${call}: headers of ${bytes.length} bytes are over the limit of ${headerBytesMax}`
    throw new BusError('PAYLOAD_TOO_LARGE', message, { bytes: bytes.length, limit: headerBytesMax })
  }
  return bytes
}

/** Decodes headers into an object without a prototype, so that no name can be confused with an inherited one. */
export function decodeHeaders(bytes: Buffer, start: number, end: number): Headers {
  const headers: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(parseObject(bytes.toString('utf8', start, end)))) {
    if (typeof value !== 'string') throw badFrame(`the header ${quoted(name)} is not a string`)
    headers[name] = value
  }
  return Object.freeze(headers)
}
