import type { Codec } from '@clusterbus/protocol'

/** The bytes that a receiver gets: a copy, in the middle of others, as in a chunk full of frames. */
export function sent(codec: Codec, data: unknown): { chunk: Buffer; start: number; end: number } {
  const encoded = Buffer.from(codec.encode(data))
  const chunk = Buffer.concat([Buffer.alloc(11, 0xee), encoded, Buffer.alloc(13, 0xee)])
  return { chunk, start: 11, end: 11 + encoded.length }
}

/** What a receiver makes of it. */
export function pass(codec: Codec, data: unknown): unknown {
  const { chunk, start, end } = sent(codec, data)
  return codec.decode(chunk, start, end)
}

/** Decodes bytes given as numbers and texts, and as nested lists of them. */
export function decodeBytes(codec: Codec, ...parts: readonly (number | string | Uint8Array)[]): unknown {
  const bytes = Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part as string))),
  )
  return codec.decode(bytes, 0, bytes.length)
}
