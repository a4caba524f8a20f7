import type { Cache } from '../../src/index.ts'
import type { Selector } from '@clusterbus/client'
import type { FakeHeldCache } from './fake-held-cache.ts'
import { settled, testCache } from './test-cache.ts'

export const keys = ['a0', 'a1', 'b0', 'b1'] as const
type WorldKey = (typeof keys)[number]

export type Step =
  | { readonly do: 'fetch'; readonly key: WorldKey; readonly aborts: boolean; readonly tells: boolean }
  | { readonly do: 'read'; readonly key: WorldKey }
  | { readonly do: 'write'; readonly what: Selector; readonly where: 'here' | 'elsewhere' }
  | { readonly do: 'set'; readonly key: WorldKey }
  | { readonly do: 'finish' | 'fail' | 'abort'; readonly which: number }
  | { readonly do: 'lapse' | 'renew' | 'reset' | 'breathe' }
  | { readonly do: 'pass'; readonly ms: number }

interface PendingLoad {
  finish(): void
  fail(): void
}

/**
 * A source of truth, one cache, and writers here and elsewhere. Values are versions. What the promise allows is a number
 * for each key: the version that it had when an invalidation of it was acknowledged last.
 */
export class PromiseWorld {
  readonly cache: Cache<string, number>
  readonly held: FakeHeldCache
  readonly failures: string[] = []
  hits = 0
  readonly #versions = new Map<string, number>(keys.map((key) => [key, 1]))
  readonly #floors = new Map<string, number>()
  /** What was invalidated elsewhere while this member had no lease, and is told before it has one again. */
  #missed: Selector[] = []
  #loads: PendingLoad[] = []
  #readers: AbortController[] = []
  readonly #answers: Promise<unknown>[] = []

  constructor() {
    ;({ cache: this.cache, held: this.held } = testCache<string, number>({ max: 3, ttl: 50 }))
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'fetch':
        return this.#fetch(step.key, step.aborts, step.tells)
      case 'read':
        return this.#read(step.key)
      case 'write':
        return this.#write(step.what, step.where)
      case 'set':
        return this.#set(step.key)
      case 'finish':
      case 'fail':
        return this.#take(step.which)?.[step.do]()
      case 'abort':
        return this.#readers[step.which % Math.max(1, this.#readers.length)]?.abort()
      case 'pass':
        this.held.nowMs += step.ms
        return
      case 'breathe':
        return settled()
      default:
        this.#lease(step.do)
    }
  }

  /** Everything that waits comes to an end, and then the cache works. */
  async heal(): Promise<void> {
    this.#lease('renew')
    while (this.#loads.length > 0) this.#take(0)?.finish()
    await Promise.all(this.#answers)
    await settled()
    if (this.cache.stats().loading > 0) this.failures.push('loads are left')
    for (const key of keys) {
      this.#fetch(key, false, false)
      this.#take(0)?.finish()
      await settled()
      if (this.cache.peek(key) === undefined) this.failures.push(`${key} was not stored`)
      this.#read(key)
    }
    if (this.cache.stats().entries > 3) this.failures.push('more entries than max')
  }

  #fetch(key: string, aborts: boolean, tells: boolean): void {
    const floor = this.#floors.get(key) ?? 0
    const reader = new AbortController()
    if (aborts) this.#readers.push(reader)
    const loader = (): Promise<number> => {
      const version = this.#versions.get(key) ?? 0
      return new Promise((resolve, reject) => {
        this.#loads.push({ finish: () => resolve(version), fail: () => reject(new Error('down')) })
      })
    }
    const tag = tagOf(key)
    const options = { tags: tells ? () => [tag] : [tag], ...(aborts ? { signal: reader.signal } : {}) }
    const answer = this.cache.fetch(key, loader, options).then(
      (value) => this.#check('fetch', key, value, floor),
      () => undefined,
    )
    this.#answers.push(answer)
  }

  #read(key: string): void {
    const floor = this.#floors.get(key) ?? 0
    const seen = [this.cache.peek(key), this.cache.get(key)]
    if (this.cache.has(key) !== (seen[0] !== undefined)) this.failures.push(`has(${key}) does not agree with peek`)
    for (const value of seen) if (value !== undefined) this.#check('get', key, value, floor)
    if (seen[1] !== undefined) this.hits += 1
  }

  #check(call: string, key: string, value: number, floor: number): void {
    if (value < floor) this.failures.push(`${call}(${key}) returned version ${value} after ${floor} was acknowledged`)
  }

  #write(what: Selector, where: 'here' | 'elsewhere'): void {
    for (const key of concerned(what)) this.#versions.set(key, (this.#versions.get(key) ?? 0) + 1)
    if (where === 'here') void this.#invalidate(what)
    else if (this.held.isLeased) this.held.evict(what)
    else this.#missed.push(what)
    // Elsewhere too it is acknowledged now: this member has evicted, or its lease has run out.
    for (const key of concerned(what)) this.#floors.set(key, this.#versions.get(key) ?? 0)
  }

  #invalidate({ kind, text }: Selector): Promise<unknown> {
    if (kind === 'key') return this.cache.invalidate(text.slice(1))
    if (kind === 'tag') return this.cache.invalidateTags([text])
    return kind === 'prefix' ? this.cache.invalidatePrefix(text) : this.cache.clear()
  }

  #set(key: string): void {
    const version = (this.#versions.get(key) ?? 0) + 1
    this.#versions.set(key, version)
    void this.cache.set(key, version, { tags: [tagOf(key)] })
    this.#floors.set(key, version)
  }

  #lease(what: 'lapse' | 'renew' | 'reset'): void {
    if (what === 'lapse') this.held.isLeased = false
    if (what === 'reset') {
      // On a new link nothing is told of what was missed.
      this.#missed = []
      this.held.reset()
    }
    if (what !== 'renew') return
    this.held.evict(...this.#missed)
    this.#missed = []
    this.held.isLeased = true
  }

  #take(which: number): PendingLoad | undefined {
    return this.#loads.splice(which % Math.max(1, this.#loads.length), 1)[0]
  }
}

function tagOf(key: string): string {
  return `t${key.slice(1)}`
}

function concerned({ kind, text }: Selector): readonly string[] {
  return keys.filter((key) => {
    if (kind === 'key') return text === `s${key}`
    if (kind === 'tag') return text === tagOf(key)
    return kind === 'all' || key.startsWith(text)
  })
}
