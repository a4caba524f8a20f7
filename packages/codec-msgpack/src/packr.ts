import type { Packr } from 'msgpackr/index-no-eval'
import { noForm } from './kinds.ts'

/** How msgpackr is used here, whatever else is set. */
export const packrOptions = {
  variableMapSize: true,
  moreTypes: true,
  copyBuffers: true,
  useToJSON: false,
  writeFunction: (): never => {
    throw noForm('a function')
  },
} as const

const keptBytesMax = 1024 * 1024

/** What msgpackr encodes into is used again and again. After a large message it begins a small one. */
export function trimmed(packr: Packr, bytes: Buffer): Uint8Array {
  if (bytes.buffer.byteLength > keptBytesMax) packr.useBuffer(Buffer.allocUnsafeSlow(8192))
  return bytes
}

/**
 * msgpackr has a fast way for small messages, and takes it where they start at 0. So those are copied, into a buffer
 * that is used again, since nothing that msgpackr returns refers to it.
 */
export function unpack(packr: Packr, bytes: Buffer, start: number, end: number): unknown {
  const length = end - start
  if (length > scratch.length) return packr.decode(bytes.subarray(start, end))
  for (let index = 0; index < length; index += 1) scratch[index] = bytes[start + index] ?? 0
  return packr.decode(scratch, length)
}

const scratch = Buffer.alloc(180)
