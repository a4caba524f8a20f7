import type { ShapeWriter } from '@clusterbus/protocol'
import { kindOf } from '../kinds.ts'
import { isPlainText } from '../plain.ts'
import { type ShapeNode, ShapeTree } from './shape-tree.ts'

/** Shapes that msgpackr has numbers of one byte for, in one table with its own. */
const shapesMax = 32
/** Longest text. Its length in bytes is written in two. */
const textLengthMax = Math.floor(0xffff / 3)
/** Up to this length, text is written faster character by character. */
const shortText = 64
/** Room that any value but a text takes at most. */
const valueBytesMax = 9

/**
 * Writes flat objects of recurring shapes as msgpackr writes records: the number of the shape, and the values in the
 * order of its keys. Most events are such objects; for everything else there is the codec itself.
 *
 * It is written by hand, in the one walk over the fields that has to be made anyway to see whether they can be carried
 * without loss: that halves what it costs to publish.
 */
export class RecordWriter implements ShapeWriter {
  readonly #tree = new ShapeTree(shapesMax)
  #isEncoding = false
  /** Where the next value goes. */
  #at = 0

  get descriptions(): readonly Uint8Array[] {
    return this.#tree.descriptions
  }

  encode(data: unknown, target: Buffer, at: number): number {
    // A getter in the data may publish as well; that goes without shapes.
    if (typeof data !== 'object' || data === null || this.#isEncoding) return -1
    this.#isEncoding = true
    this.#at = at + 1
    try {
      const shape = isFlatCandidate(data) ? this.#writeFields(data as Fields, target) : -1
      if (shape < 0) return -1
      target[at] = 0x40 + shape
      return this.#at
    } catch {
      // The codec will meet it as well, and say what is wrong with the data.
      return -1
    } finally {
      this.#isEncoding = false
    }
  }

  /** Returns the number of the shape; -1 for none. */
  #writeFields(fields: Fields, target: Buffer): number {
    let node: ShapeNode | undefined = this.#tree.begin()
    let last = ''
    for (const key in fields) {
      node = this.#tree.follow(node, key)
      if (node === undefined || !this.#write(target, fields[key])) return -1
      last = key
    }
    // What is inherited comes last, so that one look tells whether there is any.
    return Object.hasOwn(fields, last) ? this.#tree.end(node) : -1
  }

  /** Writes a value; returns whether it is one that fits here. */
  #write(bytes: Buffer, value: unknown): boolean {
    if (this.#at > bytes.length - valueBytesMax) return false
    switch (typeof value) {
      case 'string':
        return this.#writeText(bytes, value)
      case 'number':
        return this.#writeNumber(bytes, value)
      case 'boolean':
        bytes[this.#at++] = value ? 0xc3 : 0xc2
        return true
      default:
        if (value !== null) return false
        bytes[this.#at++] = 0xc0
        return true
    }
  }

  #writeNumber(bytes: Buffer, value: number): boolean {
    if (value >>> 0 === value && !Object.is(value, -0)) {
      // 0x40 to 0x7f stand for shapes.
      if (value < 0x40) bytes[this.#at++] = value
      else if (value < 0x100) {
        bytes[this.#at] = 0xcc
        bytes[this.#at + 1] = value
        this.#at += 2
      } else if (value < 0x1_0000) {
        bytes[this.#at] = 0xcd
        bytes[this.#at + 1] = value >>> 8
        bytes[this.#at + 2] = value
        this.#at += 3
      } else {
        bytes[this.#at] = 0xce
        this.#at = bytes.writeUInt32BE(value, this.#at + 1)
      }
      return true
    }
    if (Object.is(value, -0)) return false
    if (value >= -0x20 && value < 0 && Number.isInteger(value)) {
      bytes[this.#at++] = value
      return true
    }
    bytes[this.#at] = 0xcb
    this.#at = bytes.writeDoubleBE(value, this.#at + 1)
    return true
  }

  #writeText(bytes: Buffer, text: string): boolean {
    const { length } = text
    if (length > textLengthMax || this.#at + 3 + 3 * length > bytes.length) return false
    let at = this.#at
    if (length < 0x20) bytes[at++] = 0xa0 | length
    else if (length < 0x100) {
      bytes[at++] = 0xd9
      bytes[at++] = length
    } else {
      bytes[at++] = 0xda
      bytes[at++] = length >>> 8
      bytes[at++] = length
    }
    if (length > shortText) {
      if (bytes.write(text, at) !== length) return this.#writeWideText(bytes, text)
    } else {
      for (let index = 0; index < length; index += 1) {
        const code = text.charCodeAt(index)
        if (code >= 0x80) return this.#writeWideText(bytes, text)
        bytes[at + index] = code
      }
    }
    this.#at = at + length
    return true
  }

  /** Text that is not ASCII, with a header of three bytes, which does for any length that fits. */
  #writeWideText(bytes: Buffer, text: string): boolean {
    if (!isPlainText(text)) return false
    const length = bytes.write(text, this.#at + 3)
    bytes[this.#at] = 0xda
    bytes[this.#at + 1] = length >>> 8
    bytes[this.#at + 2] = length
    this.#at += 3 + length
    return true
  }
}

type Fields = Readonly<Record<string, unknown>>

/** Whether it may be a flat object: no array, no leaf, nothing that says itself what is to be sent of it. */
function isFlatCandidate(data: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(data)
  return (prototype === Object.prototype || prototype === null) && kindOf(data) === 'object'
}
