import { assertTags } from './arguments.ts'
import type { Loader } from './cache.ts'
import type { Counters } from './counters.ts'
import type { EntryStore } from './entry-store.ts'
import { encodeKey, type Key } from './keys.ts'
import type { Load } from './load.ts'
import type { Loads } from './loads.ts'
import type { ResolvedOptions } from './options.ts'
import type { Claim, HeldCache } from '@clusterbus/client'

/** What a load comes to be with. */
export interface LoadingParts<K extends Key, V> {
  readonly held: HeldCache
  readonly options: ResolvedOptions<K, V>
  readonly store: EntryStore<K, V>
  readonly loads: Loads<K, V>
  readonly counters: Counters
}

type Right = Extract<Claim, { readonly mine: true }>

/** Brings a load to its end, and gives its readers their answer. Never rejects. */
export async function run<K extends Key, V>(
  parts: LoadingParts<K, V>,
  load: Load<K, V>,
  loader: Loader<K, V>,
): Promise<void> {
  let right: Right | undefined
  try {
    if (parts.options.singleFlight === 'cluster' && load.isCurrent) {
      const claim = await ask(parts.held, load)
      if (claim?.mine === true) right = heldRight(claim, load)
      else if (claim?.value !== undefined && !load.hasEnded) {
        parts.counters.shared += 1
        // Whoever shares it has the same types, as one bus has them: by what its members agree on.
        finish(parts, load, claim.value.data as V)
        return
      }
      if (load.hasEnded) return
    }
    parts.counters.loads += 1
    const value = await load.call(loader)
    if (load.hasEnded) return
    const mayBeShared = load.isCurrent
    finish(parts, load, value)
    passOn(parts, right, mayBeShared, value)
  } catch (error) {
    if (load.hasEnded) return
    right?.failed()
    fail(parts, load, error)
  }
}

/**
 * The right to load, or what another has loaded. Without an answer each loads for itself: that costs a load, and nobody a
 * stale value.
 */
function ask<K extends Key, V>(held: HeldCache, load: Load<K, V>): Promise<Claim | undefined> {
  return held.claim(encodeKey(load.terms.key), load.signal).catch(() => undefined)
}

/** A right that is given back as soon as nobody waits for the load, whether its loader notices or not. */
function heldRight<K extends Key, V>(claim: Right, load: Load<K, V>): Right {
  if (load.hasEnded) claim.failed()
  else load.signal.addEventListener('abort', () => claim.failed(), { once: true })
  return claim
}

/** Stores what was loaded, if nothing has voided it since the load began, and answers. */
function finish<K extends Key, V>({ store, loads }: LoadingParts<K, V>, load: Load<K, V>, value: V): void {
  const { key, tags, ttl, call } = load.terms
  // A load is stored only if it began while the lease was fresh and nothing that concerns it was voided since. That the
  // lease has run out meanwhile does not matter: of what was missed the bus is told before the lease is renewed.
  if (load.isCurrent && value !== undefined) {
    const known = typeof tags === 'function' ? tags(value) : tags
    if (typeof tags === 'function') assertTags(known, call)
    const size = store.sizeOf(value, key)
    // Both functions are the app's, and may have invalidated something.
    if (load.isCurrent) store.set(key, value, size, [...known], ttl)
  }
  loads.ended(load)
  load.resolve(value)
}

/** Lets those go on who wait in other workers. A value that was voided is none for them: one of them loads again. */
function passOn<K extends Key, V>(
  { options }: LoadingParts<K, V>,
  right: Right | undefined,
  mayBeShared: boolean,
  value: V,
): void {
  if (right === undefined) return
  if (!mayBeShared) return right.failed()
  // That there is none is nothing to carry: most codecs could not.
  if (options.share === 'load' || value === undefined) return right.release()
  // Where the codec cannot carry it, the bus reports it, and the others load their own.
  right.release({ data: value })
}

/** An error reaches all readers and is not remembered, unless something stale may be had instead. */
function fail<K extends Key, V>(parts: LoadingParts<K, V>, load: Load<K, V>, error: unknown): void {
  const { store, loads, counters, options } = parts
  counters.loadsFailed += 1
  loads.ended(load)
  const stale = store.staleCopy(load.terms.key, options.staleIfError)
  if (stale === undefined) return load.reject(error)
  counters.stale += 1
  load.resolve(stale)
}
