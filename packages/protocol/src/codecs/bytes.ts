import type { Codec } from './codec.ts'

/** Whether it is a `Uint8Array`, of this realm or another. */
export function isBytes(data: unknown): data is Uint8Array {
  if (data instanceof Uint8Array) return true
  return ArrayBuffer.isView(data) && Object.prototype.toString.call(data) === '[object Uint8Array]'
}

/** Carries a `Uint8Array` as it is, under any codec of the bus. What arrives is a copy of the receiver's own. */
export const bytesCodec: Codec = Object.freeze({
  id: 0,
  name: 'bytes',
  encode(data: unknown): Uint8Array {
    if (isBytes(data)) return data
    throw new TypeError('the bytes codec takes a Uint8Array')
  },
  decode(bytes: Buffer, start: number, end: number): Uint8Array {
    return new Uint8Array(bytes.subarray(start, end))
  },
})
