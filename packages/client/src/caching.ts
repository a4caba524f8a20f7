import type { Selector } from '@clusterbus/protocol'

/** What a cache does when it is told. */
export interface CacheHolder {
  /**
   * Copies of these are void, and loads of them that are under way must not be stored. Called before any later message
   * of the invalidator is handed to a handler of this bus. If it throws, the bus gives up its link, and calls `reset`.
   */
  evict(selectors: readonly Selector[]): void
  /** All copies are void, and no load that is under way must be stored: invalidations may have been missed. Must not throw. */
  reset(): void
}

export interface InvalidateOptions {
  /** Milliseconds after which the promise rejects with `TIMEOUT`. Default 5,000. */
  readonly timeout?: number
  /** Ends the wait when aborted. The invalidation is not taken back. */
  readonly signal?: AbortSignal
}

/** What became of an invalidation: nobody serves any more what was loaded before it. */
export interface Invalidation {
  /** Other members that held the cache. */
  readonly members: number
  /** Those of them that have not said that they evicted, but whose lease has run out. */
  readonly fenced: number
}

/**
 * The right to load a key. `mine`: load it, and call `release`, with the value if others are to have it, or `failed`, after
 * which the next who waits loads it. Otherwise somebody else has loaded it, and `value` is that, if it was given.
 */
export type Claim =
  | { readonly mine: true; release(value?: LoadedValue): void; failed(): void }
  | { readonly mine: false; readonly value: LoadedValue | undefined }

/** A value that one member has loaded for others. */
export interface LoadedValue {
  readonly data: unknown
}

/**
 * One bus's part in a cache that others hold too: what keeps their copies coherent, and none of the copies. It is what
 * `@clusterbus/cache` is made with; apps want that.
 */
export interface HeldCache {
  /**
   * Resolves when this bus holds it and copies may be served: of invalidations from then on it is told. Rejects with
   * `BAD_OPTION` when others hold it on other terms, and with `CLOSED`.
   */
  readonly ready: Promise<void>
  /** Whether copies may be served now. To be asked at each read: the answer changes with time and nothing else. */
  readonly isFresh: boolean
  /** How long copies could not be served since it was first held, in milliseconds. */
  readonly fencedMs: number
  /** The bus's time, in milliseconds; never goes back. */
  now(): number
  /** `now()` if copies may be served, else `NaN`: both with one look at the clock. */
  freshNow(): number
  /**
   * Voids copies in all other members that hold it; the caller has voided its own before. Resolves when each has evicted
   * them or may serve no more, and in order with what is published. Calls of one turn travel together. While there is no
   * link it waits for one, and over a new one it is sent again. Rejects with `BAD_OPTION`, `TIMEOUT`, `ABORTED`,
   * `QUEUE_FULL`, `CLOSED`, and `DISCONNECTED` where the cache is closed before and then the link is lost; a rejection that
   * nobody waits for does no harm.
   */
  invalidate(selectors: readonly Selector[], options?: InvalidateOptions): Promise<Invalidation>
  /**
   * Asks for the right to load `key` for all members. While another has it, this waits; the claim of a member that dies
   * or goes silent passes to the next. Rejects with `DISCONNECTED`, `TIMEOUT` after half a minute, `ABORTED`,
   * `QUEUE_FULL`, `CLOSED`.
   */
  claim(key: string, signal?: AbortSignal): Promise<Claim>
  /** Holds it no more. Calls `reset`. Idempotent. */
  close(): void
}
