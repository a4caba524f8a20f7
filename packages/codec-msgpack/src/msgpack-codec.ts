import { BusError, type Codec, quoted } from '@clusterbus/protocol'
import { Packr, RESERVE_START_SPACE, RESET_BUFFER_MODE } from 'msgpackr/index-no-eval'
import { flatten } from './graph/flatten.ts'
import { hydrate } from './graph/hydrate.ts'
import { graphDepth, graphMark } from './graph/layout.ts'
import { packrOptions, trimmed, unpack } from './packr.ts'
import { isPlain } from './plain.ts'
import { assertMessage } from './scan.ts'
import { RecordReader } from './shapes/record-reader.ts'
import { RecordWriter } from './shapes/record-writer.ts'

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
  const packr = new Packr({ ...packrOptions, useRecords: false })
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
    shapes: {
      writer: () => new RecordWriter(),
      reader: () => new RecordReader(maxDepth),
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
