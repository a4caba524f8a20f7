import type { Dice } from '../../dice.ts'
import type { SimulatedProcess } from '../../time/simulated-process.ts'
import type { CachedValue, SimulatedKey } from '../record/records.ts'

export interface LoadFate {
  /** How long until the row is read, and from then until the loader returns. */
  readonly queryMs: number
  readonly returnMs: number
  readonly fails: boolean
  /** Whether the loader returns its value in the call itself. */
  readonly isSync: boolean
}

/** Where values are true. A row has a version, and the tags of some rows change with it. */
export class Database {
  readonly #versions = new Map<SimulatedKey, number>()

  change(key: SimulatedKey): void {
    this.#versions.set(key, this.version(key) + 1)
  }

  version(key: SimulatedKey): number {
    return this.#versions.get(key) ?? 1
  }

  read(key: SimulatedKey, copy: number): CachedValue {
    const version = this.version(key)
    return { copy, key, version, tags: tagsOf(key, version) }
  }

  /** Loads a row in the life of `process`: read somewhere in the middle, so that an invalidation may overtake it. */
  load(process: SimulatedProcess, key: SimulatedKey, copy: number, fate: LoadFate): Promise<CachedValue> {
    return new Promise((resolve, reject) => {
      process.schedule(fate.queryMs, () => {
        const value = this.read(key, copy)
        process.schedule(fate.returnMs, () => {
          if (fate.fails) reject(new Error(`load ${copy} has failed`))
          else resolve(value)
        })
      })
    })
  }
}

/** Tags that are known before the row is read; `undefined` for rows whose tags change. */
export function staticTags(key: SimulatedKey): readonly string[] | undefined {
  return String(key).length % 2 === 0 ? tagsOf(key, 1) : undefined
}

export function tagsOf(key: SimulatedKey, version: number): readonly string[] {
  const text = String(key)
  const even = `t${text.length}`
  return text.length % 2 === 0 ? [even, 'both'] : [`v${version % 3}`, 'both']
}

export const tags: readonly string[] = ['t2', 't4', 'v0', 'v1', 'v2', 'both']

export function drawFate(dice: Dice, leaseMs: number, failing: number, slow: number): LoadFate {
  const scale = dice.chance(slow) ? leaseMs * 1.5 : dice.pick([1, 5, leaseMs / 10])
  return {
    queryMs: dice.between(0, Math.ceil(scale)),
    returnMs: dice.between(0, Math.ceil(scale)),
    fails: dice.chance(failing),
    isSync: dice.chance(0.05),
  }
}
