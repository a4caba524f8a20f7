import type { ShapeReader } from '@clusterbus/protocol'
import { Packr } from 'msgpackr/index-no-eval'
import { packrOptions, unpack } from '../packr.ts'
import { assertMessage, recordsMax } from '../scan.ts'
import { FlatReader, notFlat } from './flat-reader.ts'

/** Decodes what one member has encoded with its shapes. */
export class RecordReader implements ShapeReader {
  readonly #maxDepth: number
  readonly #shapes: string[][] = []
  /** Number of keys in each shape. */
  readonly #lengths = new Uint8Array(recordsMax)
  readonly #flat = new FlatReader()
  #packr: Packr | undefined

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth
  }

  describe(description: Uint8Array): void {
    const keys: unknown = JSON.parse(Buffer.from(description).toString())
    if (!isShape(keys)) throw new TypeError('a shape is a list of different keys')
    if (this.#shapes.length >= recordsMax) throw new RangeError(`there are no more than ${recordsMax} shapes`)
    this.#lengths[this.#shapes.length] = keys.length
    this.#shapes.push(keys)
    this.#packr = undefined
  }

  decode(bytes: Buffer, start: number, end: number): unknown {
    const keys = this.#shapes[(bytes[start] ?? 0) - 0x40]
    const data = keys === undefined ? notFlat : this.#flat.read(keys, bytes, start + 1, end)
    return data === notFlat ? this.#decodeAny(bytes, start, end) : data
  }

  #decodeAny(bytes: Buffer, start: number, end: number): unknown {
    assertMessage(bytes, start, end, this.#maxDepth, this.#lengths)
    // One for each set of shapes: those that a message does not know must not be learned from it.
    this.#packr ??= new Packr({
      ...packrOptions,
      useRecords: true,
      mapsAsObjects: true,
      structures: this.#shapes.map((keys) => [...keys]),
      maxSharedStructures: recordsMax,
      maxOwnStructures: 0,
    })
    return unpack(this.#packr, bytes, start, end)
  }
}

function isShape(keys: unknown): keys is string[] {
  if (!Array.isArray(keys) || keys.length < 1 || keys.length > 255) return false
  if (!keys.every((key) => typeof key === 'string' && key !== '__proto__')) return false
  return new Set(keys).size === keys.length
}
