/**
 * Walks over MessagePack bytes without building anything, so that what follows can trust them: one value that ends
 * where the bytes end, no container that claims more than there is, none nested deeper than `maxDepth`, no extension
 * that we do not write. It costs one small array of numbers, whatever the bytes say. `recordLengths` says how many values
 * the record of each number holds, 0 for none; without it there are no records.
 */
export function assertMessage(
  bytes: Buffer,
  start: number,
  end: number,
  maxDepth: number,
  recordLengths?: Uint8Array,
): void {
  const waiting = waitingFor(maxDepth)
  let at = start
  let depth = 0
  let values = 1
  for (;;) {
    while (values === 0) {
      if (depth === 0) {
        if (at !== end) throw malformed(at > end ? 'it is cut off' : `${end - at} bytes follow its end`)
        return
      }
      values = waiting[--depth] ?? 0
    }
    if (at >= end) throw malformed('it is cut off')
    values -= 1
    const token = bytes[at] ?? 0
    if (token < 0x80 || token >= 0xe0) {
      at += 1
      if (recordLengths === undefined || token < 0x40 || token >= 0xe0) continue
      const inside = recordLengths[token - 0x40] ?? 0
      if (inside === 0) throw malformed(`there is no record ${token - 0x40}`)
      if (depth >= maxDepth) throw malformed(`it is nested deeper than ${maxDepth} levels`)
      waiting[depth++] = values
      values = inside
    } else if (token >= 0xa0 && token < 0xc0) {
      at += 1 + (token & 0x1f)
    } else if (isContainer(token)) {
      const inside = containedValues(bytes, at, end, token)
      at += headerBytes[token] ?? 0
      if (inside > end - at) throw malformed('it is cut off')
      if (depth >= maxDepth) throw malformed(`it is nested deeper than ${maxDepth} levels`)
      waiting[depth++] = values
      values = inside
    } else {
      at += leafBytes(bytes, at, end, token)
    }
  }
}

/** Tokens from 0x40 to 0x7f stand for records, where there are any. */
export const recordsMax = 64

/** What is wrong with bytes that no codec of ours has written. */
export function malformed(what: string): Error {
  return new Error(`bad MessagePack: ${what}`)
}

/** Values that are still to come at each level above the current one. Kept, because a scan is never interrupted. */
let levels = new Float64Array(0)

function waitingFor(maxDepth: number): Float64Array {
  if (levels.length < maxDepth) levels = new Float64Array(maxDepth)
  return levels
}

/** Bytes before the content, by token; 0 for a token that we do not write. */
const headerBytes = new Uint8Array(256)
headerBytes.fill(1, 0x00, 0xc1)
headerBytes.set([1, 1, 2, 3, 5, 3, 4, 6, 5, 9, 2, 3, 5, 9, 2, 3, 5, 9], 0xc2)
headerBytes.set([2, 2, 2, 2, 2, 2, 3, 5, 3, 5, 3, 5], 0xd4)
headerBytes.fill(1, 0xe0)

function isContainer(token: number): boolean {
  return token < 0xa0 || (token >= 0xdc && token <= 0xdf)
}

function containedValues(bytes: Buffer, at: number, end: number, token: number): number {
  if (token < 0x90) return (token & 0x0f) * 2
  if (token < 0xa0) return token & 0x0f
  const count = readLength(bytes, at + 1, end, token === 0xdc || token === 0xde ? 2 : 4)
  return token >= 0xde ? count * 2 : count
}

/** The whole length of a value that holds no other. */
function leafBytes(bytes: Buffer, at: number, end: number, token: number): number {
  const header = headerBytes[token] ?? 0
  if (header === 0) throw malformed(`there is no type 0x${token.toString(16)}`)
  // bin 8, 16, 32 and str 8, 16, 32: the length is all that the header holds beside the token.
  if ((token >= 0xc4 && token <= 0xc6) || (token >= 0xd9 && token <= 0xdb)) {
    return header + readLength(bytes, at + 1, end, header - 1)
  }
  if (token >= 0xc7 && token <= 0xc9) {
    const content = readLength(bytes, at + 1, end, header - 2)
    assertExtension(typeAt(bytes, at + header - 1, end), content)
    return header + content
  }
  if (token >= 0xd4 && token <= 0xd8) {
    const content = 1 << (token - 0xd4)
    assertExtension(typeAt(bytes, at + 1, end), content)
    return header + content
  }
  return header
}

function readLength(bytes: Buffer, at: number, end: number, size: number): number {
  if (at + size > end) throw malformed('it is cut off')
  return bytes.readUIntBE(at, size)
}

function typeAt(bytes: Buffer, at: number, end: number): number {
  if (at >= end) throw malformed('it is cut off')
  return bytes[at] ?? 0
}

/** Types that msgpackr writes without records and references: undefined, big integers, typed arrays, dates. */
function assertExtension(type: number, contentBytes: number): void {
  if (type === 0x00 && contentBytes === 1) return
  if (type === 0x42 && contentBytes > 0) return
  if (type === 0x74 && contentBytes > 0) return
  if (type === 0xff && (contentBytes === 1 || contentBytes === 4 || contentBytes === 8 || contentBytes === 12)) return
  throw malformed(`there is no extension of type ${type} with ${contentBytes} bytes`)
}
