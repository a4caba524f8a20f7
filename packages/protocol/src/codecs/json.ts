import type { Codec } from './codec.ts'

/**
 * The default codec: what `JSON.stringify` takes. `undefined` travels as an empty payload and arrives as `undefined`.
 * A function, a symbol, a cycle and a BigInt throw, with JavaScript's own words for it.
 */
export const jsonCodec: Codec = Object.freeze({
  id: 1,
  name: 'json',
  encode(data: unknown): string {
    if (data === undefined) return ''
    // TypeScript says string; a function or a symbol gives undefined all the same.
    const text: string | undefined = JSON.stringify(data)
    if (text === undefined) throw new TypeError(`JSON has no form for a ${typeof data}`)
    return text
  },
  decode(bytes: Buffer, start: number, end: number): unknown {
    if (start === end) return undefined
    return JSON.parse(bytes.toString('utf8', start, end))
  },
})
