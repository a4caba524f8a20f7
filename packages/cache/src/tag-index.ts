import type { Key } from './keys.ts'

const none: readonly string[] = []

/** Which entries have which tags. It holds nothing of an entry that is gone. */
export class TagIndex<K extends Key> {
  readonly #keysOf = new Map<string, Set<K>>()
  readonly #tagsOf = new Map<K, readonly string[]>()

  /** Tags in use. */
  get size(): number {
    return this.#keysOf.size
  }

  /** Gives an entry that has none its tags. */
  link(key: K, tags: readonly string[]): void {
    if (tags.length === 0) return
    this.#tagsOf.set(key, tags)
    for (const tag of tags) {
      const keys = this.#keysOf.get(tag)
      if (keys === undefined) this.#keysOf.set(tag, new Set([key]))
      else keys.add(key)
    }
  }

  /** Takes an entry out. One without tags is passed over. */
  unlink(key: K): void {
    const tags = this.#tagsOf.get(key)
    if (tags === undefined) return
    this.#tagsOf.delete(key)
    for (const tag of tags) {
      const keys = this.#keysOf.get(tag)
      keys?.delete(key)
      if (keys?.size === 0) this.#keysOf.delete(tag)
    }
  }

  keys(tag: string): readonly K[] | readonly never[] {
    const keys = this.#keysOf.get(tag)
    return keys === undefined ? [] : [...keys]
  }

  tags(key: K): readonly string[] {
    return this.#tagsOf.get(key) ?? none
  }
}
