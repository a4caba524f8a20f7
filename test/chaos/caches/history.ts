import type { Book } from './book.ts'

interface Read {
  readonly key: string
  readonly version: number
  lastMs: number
  member: number
}

/** From then on nobody may be given less than that version. */
interface Floor {
  readonly fromMs: number
  readonly version: number
}

export interface Verdict {
  readonly reads: number
  readonly invalidations: number
  /** Versions of keys that were read after they were void, in words. */
  readonly stale: readonly string[]
  /** How long invalidations took, in ascending order, in milliseconds. */
  readonly tookMs: readonly number[]
}

/**
 * What all members have read, and which invalidations have resolved. A read is stale when it began after an invalidation
 * of its key had resolved, and returned a version that is older than what was there when that was called.
 */
export class History {
  readonly #reads = new Map<string, Read>()
  readonly #floors = new Map<string, Floor[]>()
  readonly #tookMs: number[] = []
  #readCount = 0

  /** Puts down what a member tells. In any order. */
  add(member: number, { reads, invalidations }: Pick<Book, 'reads' | 'invalidations'>): void {
    for (const [key, version, lastMs, count] of reads) {
      this.#readCount += count
      const id = `${key} ${version}`
      const read = this.#reads.get(id)
      // The later a read began, the more was void.
      if (read === undefined) this.#reads.set(id, { key, version, lastMs, member })
      else if (lastMs > read.lastMs) Object.assign(read, { lastMs, member })
    }
    for (const { calledMs, resolvedMs, floors } of invalidations) {
      this.#tookMs.push(resolvedMs - calledMs)
      for (const [key, version] of floors) {
        const ofKey = this.#floors.get(key)
        if (ofKey === undefined) this.#floors.set(key, [{ fromMs: resolvedMs, version }])
        else ofKey.push({ fromMs: resolvedMs, version })
      }
    }
  }

  judge(): Verdict {
    const floors = new Map(Array.from(this.#floors, ([key, ofKey]) => [key, rising(ofKey)]))
    const stale: string[] = []
    for (const { key, version, lastMs, member } of this.#reads.values()) {
      const floor = floors.get(key)?.findLast(({ fromMs }) => fromMs < lastMs)
      if (floor === undefined || floor.version <= version) continue
      const lateMs = (lastMs - floor.fromMs).toFixed(3)
      stale.push(`member ${member} read version ${version} of ${key} ${lateMs} ms after ${floor.version} was known`)
    }
    const tookMs = this.#tookMs.toSorted((a, b) => a - b)
    return { reads: this.#readCount, invalidations: tookMs.length, stale, tookMs }
  }
}

/** In the order of time, and without those that say no more than one before. */
function rising(floors: readonly Floor[]): Floor[] {
  const kept: Floor[] = []
  for (const floor of floors.toSorted((a, b) => a.fromMs - b.fromMs)) {
    if (floor.version > (kept.at(-1)?.version ?? -1)) kept.push(floor)
  }
  return kept
}
