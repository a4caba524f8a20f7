import { SharedCache } from './shared-cache.ts'

/** The caches that there are, each with a name and a number of its own. */
export class CacheNames {
  readonly #byName = new Map<string, SharedCache>()
  readonly #numbers = new Set<number>()
  #nextNumber = 1

  get count(): number {
    return this.#byName.size
  }

  /** The cache of that name, which is made if there is none. */
  open(name: string): SharedCache {
    let cache = this.#byName.get(name)
    if (cache === undefined) {
      cache = new SharedCache(name, this.#freeNumber())
      this.#byName.set(name, cache)
      this.#numbers.add(cache.number)
    }
    return cache
  }

  /** Forgets it, unless somebody has it open, or may still serve from it. */
  settle(cache: SharedCache): void {
    if (!cache.isUnused || this.#byName.get(cache.name) !== cache) return
    this.#byName.delete(cache.name)
    this.#numbers.delete(cache.number)
  }

  /** A number of 32 bits that no cache has. */
  #freeNumber(): number {
    while (this.#numbers.has(this.#nextNumber)) this.#nextNumber = (this.#nextNumber + 1) >>> 0
    const number = this.#nextNumber
    this.#nextNumber = (number + 1) >>> 0
    return number
  }
}
