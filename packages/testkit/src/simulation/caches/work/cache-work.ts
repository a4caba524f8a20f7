import type { Dice } from '../../dice.ts'
import { coveringNames, nameOf, prefixes } from '../record/covering.ts'
import type { InvalidationRecord, SimulatedKey } from '../record/records.ts'
import type { CacheCluster } from '../world/cache-cluster.ts'
import type { CacheMember } from '../world/cache-member.ts'
import { drawFate, type LoadFate, tags } from '../world/database.ts'
import { fetch, look } from './reading.ts'
import { invalidate, set, type Write } from './writing.ts'

/** Keys that everybody looks at after an invalidation of many. */
const probedMax = 3

/** What members do with their caches, drawn one after the other. */
export class CacheWork {
  readonly #cluster: CacheCluster
  readonly #dice: Dice
  #isOver = false

  constructor(cluster: CacheCluster, dice: Dice) {
    this.#cluster = cluster
    this.#dice = dice
  }

  begin(): void {
    this.#next()
  }

  end(): void {
    this.#isOver = true
  }

  /** Looks at everything at once, in the call itself: what code does that runs on after its process was stopped. */
  lookAround(member: CacheMember): void {
    for (const name of member.caches.keys()) {
      for (const key of this.#cluster.world.scenario.keys) look(member, name, key)
    }
  }

  /** Everybody looks at what was invalidated, or fetches it: now who is running or blocked, and who is stopped when it goes on. */
  readonly probe = ({ cache, selectors }: InvalidationRecord): void => {
    const { scenario } = this.#cluster.world
    const named = new Set(selectors.map(nameOf))
    const covered = scenario.keys.filter((key) => coveringNames(key, tags).some((name) => named.has(name)))
    const keys = covered.slice(0, probedMax)
    for (const member of this.#cluster.open) {
      const fetches = this.#dice.chance(0.25)
      const read = (): void => {
        for (const key of keys) {
          if (fetches) fetch(member, cache, key, this.#cluster.database, { fate: this.#drawFate(), abortMs: undefined })
          else look(member, cache, key)
        }
      }
      if (member.busy === 'blocked') read()
      else member.process.schedule(0, () => member.isOpen && read())
    }
  }

  #next(): void {
    const { time, scenario } = this.#cluster.world
    if (this.#isOver) return
    time.schedule(scenario.workEveryMs * (0.1 + this.#dice.below(20) / 10), () => {
      this.#something()
      this.#next()
    })
  }

  #something(): void {
    const { open } = this.#cluster
    if (open.length === 0) return
    const member = this.#dice.pick(open)
    const act = this.#draw(member)
    // What a stopped process would have done, it does when it goes on; one that is blocked does it now.
    if (member.busy === 'blocked') act()
    else member.process.schedule(0, () => member.isOpen && act())
  }

  #draw(member: CacheMember): () => void {
    const { scenario } = this.#cluster.world
    const { database } = this.#cluster
    const dice = this.#dice
    const cache = dice.pick(scenario.caches).name
    const key = dice.pick(scenario.keys)
    const kind = dice.weighted(scenario.work)
    if (kind === 'look') return () => void look(member, cache, key)
    if (kind === 'set') return () => set(member, cache, key, database, this.probe)
    if (kind === 'write') {
      const write = this.#drawWrite(key)
      const timeoutMs = dice.chance(0.1) ? dice.between(1, 2 * scenario.leaseMs) : undefined
      return () => void invalidate(member, cache, write, database, this.probe, timeoutMs)
    }
    const fate = this.#drawFate()
    const abortMs = kind === 'abort' ? dice.between(0, 20) : undefined
    return () => void fetch(member, cache, key, database, { fate, abortMs })
  }

  #drawFate(): LoadFate {
    const { leaseMs, failing, slow } = this.#cluster.world.scenario
    return drawFate(this.#dice, leaseMs, failing, slow)
  }

  #drawWrite(key: SimulatedKey): Write {
    const dice = this.#dice
    switch (dice.weighted({ key: 6, keys: 2, tag: 3, prefix: 2, all: 1 })) {
      case 'key':
        return { kind: 'keys', keys: [key] }
      case 'keys':
        return { kind: 'keys', keys: [...new Set([key, dice.pick(this.#cluster.world.scenario.keys)])] }
      case 'tag':
        return { kind: 'tags', tags: [dice.pick(tags)] }
      case 'prefix':
        return { kind: 'prefix', prefix: dice.pick(prefixes) }
      case 'all':
        return { kind: 'all' }
    }
  }
}
