import type { EntryStore } from './entry-store.ts'
import { decodeKey, type Key } from './keys.ts'
import type { Loads } from './loads.ts'
import type { Selector } from '@clusterbus/client'

/**
 * Voids copies, and the loads under way of what is named: those have asked for it before it changed. What cannot be
 * understood voids all, because it may have meant anything.
 */
export function voidSelected<K extends Key, V>(
  selectors: readonly Selector[],
  store: EntryStore<K, V>,
  loads: Loads<K, V>,
): void {
  const tags = new Set<string>()
  const prefixes = new Prefixes()
  for (const { kind, text } of selectors) {
    const key = kind === 'key' ? (decodeKey(text) as K | undefined) : undefined
    if (key !== undefined) {
      store.voidKey(key)
      loads.voidKey(key)
    } else if (kind === 'tag') {
      tags.add(text)
    } else if (kind === 'prefix') {
      prefixes.add(text)
    } else {
      store.voidAll()
      loads.voidAll()
      return
    }
  }
  if (tags.size > 0) {
    for (const tag of tags) store.voidTag(tag)
    loads.voidTags(tags)
  }
  if (prefixes.isEmpty) return
  const isVoid = (key: K): boolean => prefixes.match(key)
  store.voidWhere(isVoid)
  loads.voidWhere(isVoid)
}

/** Prefixes by their length, so that many of them cost a key little more than one. */
class Prefixes {
  readonly #byLength = new Map<number, Set<string>>()

  get isEmpty(): boolean {
    return this.#byLength.size === 0
  }

  add(prefix: string): void {
    const same = this.#byLength.get(prefix.length)
    if (same === undefined) this.#byLength.set(prefix.length, new Set([prefix]))
    else same.add(prefix)
  }

  match(key: Key): boolean {
    if (typeof key !== 'string') return false
    for (const [length, prefixes] of this.#byLength) {
      if (length <= key.length && prefixes.has(key.slice(0, length))) return true
    }
    return false
  }
}
