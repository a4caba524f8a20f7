import type { Counters } from './counters.ts'
import type { Key } from './keys.ts'
import { Load, type LoadTerms } from './load.ts'

/** The loads of one worker that are under way. As many as callers have begun, and none that has ended. */
export class Loads<K extends Key, V> {
  readonly #counters: Counters
  /** Those that may be joined and stored. */
  readonly #current = new Map<K, Load<K, V>>()
  readonly #running = new Set<Load<K, V>>()

  constructor(counters: Counters) {
    this.#counters = counters
  }

  get size(): number {
    return this.#running.size
  }

  /** The load that a reader who comes now may join. */
  find(key: K): Load<K, V> | undefined {
    return this.#current.get(key)
  }

  /** A load that began without a lease is void from the start: it may be neither stored nor joined. */
  begin(terms: LoadTerms<K, V>, isFresh: boolean, behind: boolean): Load<K, V> {
    const load: Load<K, V> = new Load(terms, isFresh, behind, () => this.ended(load))
    this.#running.add(load)
    if (isFresh) this.#current.set(terms.key, load)
    return load
  }

  /** It is over. A later load of the same key is another. */
  ended(load: Load<K, V>): void {
    const { key } = load.terms
    this.#running.delete(load)
    if (this.#current.get(key) === load) this.#current.delete(key)
  }

  voidKey(key: K): void {
    const load = this.#current.get(key)
    if (load === undefined) return
    this.#current.delete(key)
    load.void()
    this.#counters.loadsVoided += 1
  }

  voidWhere(isVoid: (key: K) => boolean): void {
    for (const key of this.#current.keys()) if (isVoid(key)) this.voidKey(key)
  }

  /** Tags that are told by the value are not known yet, so they may be any. */
  voidTags(voided: ReadonlySet<string>): void {
    for (const [key, { terms }] of this.#current) {
      const { tags } = terms
      if (typeof tags === 'function' || tags.some((tag) => voided.has(tag))) this.voidKey(key)
    }
  }

  voidAll(): void {
    this.voidWhere(() => true)
  }

  /** Ends all of them. */
  stop(error: Error): void {
    const running = [...this.#running]
    this.#running.clear()
    this.#current.clear()
    for (const load of running) load.stop(error)
  }
}
