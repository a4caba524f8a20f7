/** Text up to this length is read faster character by character. */
const shortText = 24

/** What {@link FlatReader} leaves to others. */
export const notFlat: unique symbol = Symbol('not flat')

/**
 * Reads the values of a flat object as our writer puts them down, each checked as it is read. That takes half the time
 * of a scan and msgpackr after it, which are there for all that it does not know or does not trust.
 */
export class FlatReader {
  /** Where the next value begins; beyond the end when one was met that is not for us. */
  #at = 0

  /** The object with these keys whose values lie from `start` to `end`; {@link notFlat} if that is not what lies there. */
  read(keys: readonly string[], bytes: Buffer, start: number, end: number): unknown {
    this.#at = start
    const { length } = keys
    const fields: Record<string, unknown> = {}
    // V8 remembers for each place in the code which key was set there last. With a place for each of the first eight
    // keys, a process that mostly gets one shape spends a third less on a message than with one for all.
    for (let key = 0; key < length; key += 8) {
      fields[keys[key] ?? ''] = this.#value(bytes, end)
      if (key + 1 < length) fields[keys[key + 1] ?? ''] = this.#value(bytes, end)
      if (key + 2 < length) fields[keys[key + 2] ?? ''] = this.#value(bytes, end)
      if (key + 3 < length) fields[keys[key + 3] ?? ''] = this.#value(bytes, end)
      if (key + 4 < length) fields[keys[key + 4] ?? ''] = this.#value(bytes, end)
      if (key + 5 < length) fields[keys[key + 5] ?? ''] = this.#value(bytes, end)
      if (key + 6 < length) fields[keys[key + 6] ?? ''] = this.#value(bytes, end)
      if (key + 7 < length) fields[keys[key + 7] ?? ''] = this.#value(bytes, end)
    }
    // A value that is cut off has been read from what lies behind the end, and ends there as well.
    return this.#at === end ? fields : notFlat
  }

  #value(bytes: Buffer, end: number): unknown {
    const at = this.#at
    if (at >= end) return this.#giveUp(end)
    const token = byteAt(bytes, at)
    if (token < 0x40) return this.#taken(1, token)
    if (token >= 0xa0 && token < 0xc0) return this.#text(bytes, at + 1, token & 0x1f, end)
    if (token >= 0xe0) return this.#taken(1, token - 0x100)
    switch (token) {
      case 0xc0:
        return this.#taken(1, null)
      case 0xc2:
        return this.#taken(1, false)
      case 0xc3:
        return this.#taken(1, true)
      case 0xcb:
        return at + 9 > end ? this.#giveUp(end) : this.#taken(9, bytes.readDoubleBE(at + 1))
      case 0xcc:
        return this.#taken(2, byteAt(bytes, at + 1))
      case 0xcd:
        return this.#taken(3, byteAt(bytes, at + 1) * 0x100 + byteAt(bytes, at + 2))
      case 0xce:
        return at + 5 > end ? this.#giveUp(end) : this.#taken(5, bytes.readUInt32BE(at + 1))
      case 0xd9:
        return this.#text(bytes, at + 2, byteAt(bytes, at + 1), end)
      default:
        return this.#giveUp(end)
    }
  }

  #taken(length: number, value: unknown): unknown {
    this.#at += length
    return value
  }

  #giveUp(end: number): undefined {
    this.#at = end + 1
  }

  /** Text of ASCII alone. */
  #text(bytes: Buffer, start: number, length: number, end: number): string | undefined {
    const textEnd = start + length
    if (textEnd > end) return this.#giveUp(end)
    const text = length <= shortText ? shortAscii(bytes, start, textEnd) : longAscii(bytes, start, textEnd)
    if (text === undefined) return this.#giveUp(end)
    this.#at = textEnd
    return text
  }
}

function shortAscii(bytes: Buffer, start: number, end: number): string | undefined {
  let text = ''
  let at = start
  // Four at a time, because each call makes a text of its own.
  for (; at + 4 <= end; at += 4) {
    const first = byteAt(bytes, at)
    const second = byteAt(bytes, at + 1)
    const third = byteAt(bytes, at + 2)
    const fourth = byteAt(bytes, at + 3)
    if ((first | second | third | fourth) > 0x7f) return undefined
    text += String.fromCharCode(first, second, third, fourth)
  }
  for (; at < end; at += 1) {
    const code = byteAt(bytes, at)
    if (code > 0x7f) return undefined
    text += String.fromCharCode(code)
  }
  return text
}

function longAscii(bytes: Buffer, start: number, end: number): string | undefined {
  for (let at = start; at < end; at += 1) if (byteAt(bytes, at) > 0x7f) return undefined
  return bytes.toString('latin1', start, end)
}

function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0
}
