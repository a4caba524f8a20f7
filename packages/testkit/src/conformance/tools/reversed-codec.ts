import type { Codec } from '@clusterbus/client'

/** A codec of the app's own: JSON with its bytes in reverse, so that no other codec takes it for its own. */
export const reversedCodec: Codec = {
  id: 200,
  name: 'reversed',
  encode: (data) => Buffer.from(JSON.stringify({ data })).reverse(),
  decode(bytes, start, end) {
    const parsed: unknown = JSON.parse(Buffer.from(bytes.subarray(start, end)).reverse().toString())
    return typeof parsed === 'object' && parsed !== null && 'data' in parsed ? parsed.data : undefined
  },
}

/** Writes well, and fails at whatever it reads. */
export const unreadableCodec: Codec = {
  id: 201,
  name: 'unreadable',
  encode: () => 'no matter what',
  decode() {
    throw new RangeError('this codec reads nothing')
  },
}
