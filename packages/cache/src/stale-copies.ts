import { LRUCache } from 'lru-cache'
import type { Key } from './keys.ts'
import type { ResolvedOptions } from './options.ts'

/** A value, and since when it is void or has expired, in the cache's own time. */
export interface StaleCopy<V> {
  readonly value: V
  readonly sinceMs: number
}

/**
 * Copies that were voided, for a cache that may answer with them. They have the limits of the cache to themselves, so it
 * takes up to twice its room.
 */
export class StaleCopies<K extends Key, V> {
  readonly #copies: LRUCache<K, StaleCopy<V>>

  constructor({ max, maxSize }: Pick<ResolvedOptions<K, V>, 'max' | 'maxSize'>) {
    this.#copies = new LRUCache({ max, maxSize })
  }

  get size(): number {
    return this.#copies.size
  }

  /** Keeps a copy; `size` is what it took in the cache, `undefined` where sizes are not told. */
  keep(key: K, copy: StaleCopy<V>, size: number | undefined): void {
    this.#copies.set(key, copy, size === undefined ? {} : { size })
  }

  get(key: K): StaleCopy<V> | undefined {
    return this.#copies.peek(key)
  }

  delete(key: K): void {
    this.#copies.delete(key)
  }

  clear(): void {
    this.#copies.clear()
  }
}
