import { cacheTermsBytesMax } from './frames/layout.ts'

/** The kinds of a selector, in the order of their numbers on the wire. */
export const selectorKinds = ['key', 'tag', 'prefix', 'all'] as const

export type SelectorKind = (typeof selectorKinds)[number]

/** What of a cache is void: a key, all with a tag, all whose key begins so, or all. */
export interface Selector {
  readonly kind: SelectorKind
  /** The key, tag or prefix, as the cache writes it; empty for `all`. At most 8 KiB of UTF-8. */
  readonly text: string
}

/** What members that hold the same cache must agree on, compared by name. */
export type CacheTerms = Readonly<Record<string, string | number | boolean>>

/** What is wrong with the name and terms of a cache; `undefined` if they are good. */
export function cacheFault(name: unknown, terms: unknown): string | undefined {
  if (typeof name !== 'string' || name === '' || !name.isWellFormed() || name.length > 255) {
    return 'its name must be a string of 1 to 255 characters'
  }
  if (typeof terms !== 'object' || terms === null || Array.isArray(terms)) return 'its terms must be an object'
  for (const [term, value] of Object.entries(terms)) {
    const isPlain = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
    if (!isPlain) return `${JSON.stringify(term)} must be a string, a number or a boolean`
  }
  const bytes = Buffer.byteLength(JSON.stringify({ name, terms }))
  return bytes > cacheTermsBytesMax
    ? `its name and terms take ${bytes} bytes, more than ${cacheTermsBytesMax}`
    : undefined
}
