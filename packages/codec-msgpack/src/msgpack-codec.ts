import { BusError, type Codec, quoted } from '@clusterbus/protocol'
import { Packr, RESERVE_START_SPACE, RESET_BUFFER_MODE } from 'msgpackr/index-no-eval'
import { flatten } from './graph/flatten.ts'
import { hydrate } from './graph/hydrate.ts'
import { graphDepth, graphMark } from './graph/layout.ts'
import { noForm } from './kinds.ts'
import { isPlain } from './plain.ts'
import { assertMessage } from './scan.ts'

export interface MsgpackOptions {
  /**
   * Most levels of objects, arrays, maps and sets in each other, from 1 to 1000; 128 when not given. Deeper data is
   * neither encoded nor decoded, so all members of a bus should agree on it.
   */
  readonly maxDepth?: number
}

/**
 * A codec that carries what JSON has and also `Date`, `Map`, `Set`, `BigInt`, `undefined`, bytes, typed arrays, `Error`,
 * `RegExp`, cycles and shared references. A tree of plain data is MessagePack that any other library reads as well.
 *
 * `encode` throws for functions, symbols, promises and the like wherever they stand, for a key `__proto__` and for data
 * that is nested too deep. `decode` checks all lengths, depths and types before anything is built. Neither leaves a
 * trace that the next message could notice. Throws `BAD_OPTION` for a bad option.
 */
export function msgpackCodec(options: MsgpackOptions = {}): Codec {
  const maxDepth = resolveMaxDepth(options)
  const packr = new Packr({
    useRecords: false,
    variableMapSize: true,
    moreTypes: true,
    copyBuffers: true,
    useToJSON: false,
    writeFunction: () => {
      throw noForm('a function')
    },
  })
  return Object.freeze({
    id: 2,
    name: 'msgpack',
    encode(data: unknown): Uint8Array {
      return isPlain(data, maxDepth) ? encodePlain(packr, data) : encodeGraph(packr, flatten(data, maxDepth))
    },
    decode(bytes: Buffer, start: number, end: number): unknown {
      if (bytes[start] !== graphMark || start >= end) {
        assertMessage(bytes, start, end, maxDepth)
        return unpack(packr, bytes, start, end)
      }
      assertMessage(bytes, start + 1, end, graphDepth)
      return hydrate(unpack(packr, bytes, start + 1, end), maxDepth)
    },
  })
}

const defaultMaxDepth = 128
/** msgpackr needs a few hundred bytes of stack for each level, and others are on the stack as well. */
const largestMaxDepth = 1000

function resolveMaxDepth({ maxDepth = defaultMaxDepth, ...unknown }: MsgpackOptions): number {
  for (const option of Object.keys(unknown)) {
    throw new BusError('BAD_OPTION', `msgpackCodec: there is no option ${quoted(option)}; there is maxDepth`, {
      option,
    })
  }
  if (Number.isInteger(maxDepth) && maxDepth >= 1 && maxDepth <= largestMaxDepth) return maxDepth
  const message = `msgpackCodec: maxDepth must be a whole number from 1 to ${largestMaxDepth}, not ${String(maxDepth)}`
  throw new BusError('BAD_OPTION', message, { option: 'maxDepth' })
}

function encodePlain(packr: Packr, data: unknown): Uint8Array {
  return trimmed(packr, packr.encode(data, RESET_BUFFER_MODE))
}

function encodeGraph(packr: Packr, table: unknown[]): Uint8Array {
  const bytes = packr.encode(table, RESET_BUFFER_MODE | RESERVE_START_SPACE | 1)
  bytes[0] = graphMark
  return trimmed(packr, bytes)
}

/** What msgpackr encodes into is used again and again. After a large message it begins a small one. */
function trimmed(packr: Packr, bytes: Buffer): Uint8Array {
  if (bytes.buffer.byteLength > keptBytesMax) packr.useBuffer(Buffer.allocUnsafeSlow(8192))
  return bytes
}

const keptBytesMax = 1024 * 1024

/**
 * msgpackr has a fast way for small messages, and takes it where they start at 0. So those are copied, into a buffer
 * that is used again, since nothing that msgpackr returns refers to it.
 */
function unpack(packr: Packr, bytes: Buffer, start: number, end: number): unknown {
  const length = end - start
  if (length > scratch.length) return packr.decode(bytes.subarray(start, end))
  for (let index = 0; index < length; index += 1) scratch[index] = bytes[start + index] ?? 0
  return packr.decode(scratch, length)
}

const scratch = Buffer.alloc(180)
