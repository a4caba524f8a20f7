import type { Selector } from '@clusterbus/protocol'

/** What sort of key there is. `1` and `'1'` are two. */
export type SimulatedKey = string | number

/** What a value in a simulated cache looks like: plain, so that it can travel, and with the number of where it came from. */
export interface CachedValue {
  readonly copy: number
  readonly key: SimulatedKey
  readonly version: number
  readonly tags: readonly string[]
}

/** How something that was under way has ended. */
export interface Ending {
  /** The line of the history at which it ended. */
  readonly index: number
  readonly at: number
  /** What it failed with; `undefined` when it did not. */
  readonly error: unknown
}

/** One call of a loader, or one `set`: where a value comes from, and what it may be called when it is stale. */
export interface CopyRecord {
  readonly id: number
  readonly origin: 'load' | 'set'
  readonly member: string
  readonly cache: string
  readonly key: SimulatedKey
  /** The `fetch` that has called the loader; `undefined` for a `set`. */
  readonly read: ReadRecord | undefined
  /** The line at which the loader was called. What it returns may be as old as that, and no older. */
  readonly beganIndex: number
  readonly beganAt: number
  readonly state: CacheState
  value: CachedValue | undefined
  /** As in `state`, when it had ended. */
  fencedMsAtEnd: number
  ended: Ending | undefined
  /** When its signal was aborted: nobody waited for it any more. */
  abandonedIndex: number | undefined
}

/** What could be known of a member when something began there. */
export interface HolderState {
  /** Which link of the member it was, and which cache: what was stored in one is not there in the next. */
  readonly epoch: string
  /** Whether by an account of its own, kept beside the product, the member had a lease and held the cache. */
  readonly mayServe: boolean
}

/** What could be known of a cache as well. */
export interface CacheState extends HolderState {
  /** What the cache itself says: how long it had no lease, and how many loads were voided. */
  readonly fencedMs: number
  readonly loadsVoided: number
}

/** A `fetch`, or a look with `has`, `peek` and `get` at once that has found something. */
export interface ReadRecord {
  readonly call: 'look' | 'fetch'
  readonly member: string
  readonly cache: string
  readonly key: SimulatedKey
  readonly index: number
  readonly at: number
  readonly state: HolderState
  /** Whether it was answered from memory, waited for a load of another, or had to load. */
  how: 'hit' | 'miss' | 'joined' | 'loads'
  /** The load that it has begun, as far as its loader was called. */
  load: CopyRecord | undefined
  /** The number of the copy that it has returned. */
  copy: number | undefined
  ended: Ending | undefined
}

export interface InvalidationRecord {
  readonly member: string
  readonly cache: string
  readonly selectors: readonly Selector[]
  readonly index: number
  readonly at: number
  readonly timeoutMs: number
  /** Whether it was called while the loop was blocked: what is called in one turn may end together. */
  readonly inBlock: boolean
  /** Whether the cache was closed before it had ended. */
  wasClosed: boolean
  ended: Ending | undefined
  /** What it says: others that held the cache, and those of them whose lease had to run out. */
  members: number
  fenced: number
}

/** A promise that was broken. */
export type { Violation } from '../../history/records.ts'
