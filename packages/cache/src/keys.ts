import { badArgument, shown } from './check-arguments.ts'
import type { Selector } from '@clusterbus/client'

/** What a cache is asked by. `1` and `'1'` are two keys; `-0` is `0`. */
export type Key = string | number

/** What a selector can name, less the byte that says which type a key has. */
const textBytesMax = 8_191

/** Throws `BAD_OPTION` for what cannot be a key. */
export function assertKey(key: unknown, call: string): asserts key is Key {
  if (typeof key === 'number') {
    if (Number.isFinite(key)) return
    throw badArgument('key', `${call}: a key that is a number must be finite, not ${key}`)
  }
  assertText(key, 'key', call)
}

/** Throws `BAD_OPTION` for what cannot be a key that is text, a tag or a prefix. */
export function assertText(text: unknown, option: string, call: string): asserts text is string {
  if (typeof text !== 'string') {
    const wanted = option === 'key' ? 'a string or a finite number' : 'a string'
    throw badArgument(option, `${call}: a ${option} must be ${wanted}, not ${shown(text)}`)
  }
  if (!text.isWellFormed()) throw badArgument(option, `${call}: the ${option} contains half of a surrogate pair`)
  // A code unit takes at most three bytes, so short text need not be measured.
  if (text.length * 3 <= textBytesMax || Buffer.byteLength(text) <= textBytesMax) return
  throw badArgument(option, `${call}: the ${option} is longer than ${textBytesMax} bytes`)
}

/** A key as text that other members understand. */
export function encodeKey(key: Key): string {
  return typeof key === 'string' ? `s${key}` : `n${key}`
}

/** The key that a member wrote, or `undefined` for what is no key's text. */
export function decodeKey(text: string): Key | undefined {
  if (text.startsWith('s')) return text.slice(1)
  const number = text.startsWith('n') && text.length > 1 ? Number(text.slice(1)) : NaN
  return Number.isFinite(number) ? number : undefined
}

export function keySelector(key: Key): Selector {
  return { kind: 'key', text: encodeKey(key) }
}
