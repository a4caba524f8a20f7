import { cacheFrames, FrameKind, layout } from '@clusterbus/protocol'
import type { ConnectedMember } from '../connected-member.ts'
import type { CacheMember } from './cache-member.ts'
import type { SharedCache } from './shared-cache.ts'

/** What a member has claimed, under its own number for it. */
export interface Claimant {
  readonly member: CacheMember
  readonly number: number
  readonly claim: Claim
  /** What the key takes here while the claim waits or is granted, in bytes. */
  readonly keyBytes: number
}

/** The right to load a key for all members that hold its cache, and those who wait for what comes of it. */
export interface Claim {
  readonly cache: SharedCache
  readonly key: string
  /** Who loads; `undefined` when nobody does any more. */
  holder: Claimant | undefined
  /** In the order in which they came. */
  readonly waiting: Set<Claimant>
}

const nothing = new Uint8Array()

/**
 * Sees to it that one member loads a key while the others wait. Whoever claims after an invalidation does not wait for
 * what was claimed before it.
 */
export class Claims {
  readonly #written: Set<ConnectedMember>
  #count = 0

  /** Members whose outboxes are added to are put into `written`. */
  constructor(written: Set<ConnectedMember>) {
    this.#written = written
  }

  /** Claims that were granted or wait. */
  get count(): number {
    return this.#count
  }

  claim(member: CacheMember, number: number, cache: SharedCache, key: string, keyBytes: number): void {
    const present = cache.claims.get(key)
    const claim: Claim = present ?? { cache, key, holder: undefined, waiting: new Set() }
    const claimant: Claimant = { member, number, claim, keyBytes }
    this.#count += 1
    member.claims.set(number, claimant)
    member.claimedBytes += keyBytes
    if (present !== undefined) {
      present.waiting.add(claimant)
      return
    }
    cache.claims.set(key, claim)
    this.#grant(claimant)
  }

  /** What was claimed so far has nothing to do with who claims from now on: these keys are void, or all. */
  detach(cache: SharedCache, keys: readonly string[] | 'all'): void {
    if (keys === 'all') cache.claims.clear()
    else for (const key of keys) cache.claims.delete(key)
  }

  /**
   * Ends a claim. With a value those who wait get that, without one they load for themselves, and where the load has
   * failed the next of them does. A claim that was not granted, or has ended, is passed over.
   *
   * A member gets the value once: one that waits many times over must not make the broker copy it as often. What is left
   * of its claims loads for itself.
   */
  release(member: CacheMember, number: number, flags: number, codec: number, value: Uint8Array): void {
    const claimant = member.claims.get(number)
    if (claimant === undefined || claimant.claim.holder !== claimant) return
    const { claim } = claimant
    this.#forget(claimant)
    if ((flags & layout.flagFailed) !== 0) return this.#passOn(claim)
    this.#end(claim)
    const given = new Set<CacheMember>()
    for (const waiting of claim.waiting) {
      this.#forget(waiting)
      if ((flags & layout.flagValue) === 0 || given.has(waiting.member)) this.#answer(waiting, 0)
      else this.#answer(waiting, layout.flagValue, codec, value)
      given.add(waiting.member)
    }
  }

  /** Who claimed has given up. */
  cancel(member: CacheMember, number: number): void {
    const claimant = member.claims.get(number)
    if (claimant !== undefined) this.#withdraw(claimant)
  }

  /** The member is gone: what it was granted, others get, and it waits for nothing. */
  leave(member: CacheMember): void {
    const claimants = [...member.claims.values()]
    // What it waits for goes first, or it would be granted that in the place of what it had.
    for (const claimant of claimants) if (claimant.claim.holder !== claimant) this.#withdraw(claimant)
    for (const claimant of claimants) if (claimant.claim.holder === claimant) this.#withdraw(claimant)
  }

  /** The member does not answer: what it was granted, others get. */
  passOnAll(member: CacheMember): void {
    for (const claimant of Array.from(member.claims.values())) {
      if (claimant.claim.holder === claimant) this.#withdraw(claimant)
    }
  }

  #withdraw(claimant: Claimant): void {
    const { claim } = claimant
    this.#forget(claimant)
    if (claim.holder === claimant) this.#passOn(claim)
    else claim.waiting.delete(claimant)
  }

  #passOn(claim: Claim): void {
    const next = nextOf(claim)
    if (next === undefined) return this.#end(claim)
    claim.waiting.delete(next)
    this.#grant(next)
  }

  #grant(claimant: Claimant): void {
    claimant.claim.holder = claimant
    this.#answer(claimant, layout.flagMine)
  }

  #end(claim: Claim): void {
    claim.holder = undefined
    if (claim.cache.claims.get(claim.key) === claim) claim.cache.claims.delete(claim.key)
  }

  #forget({ member, number, keyBytes }: Claimant): void {
    member.claims.delete(number)
    member.claimedBytes -= keyBytes
    this.#count -= 1
  }

  #answer({ member, number }: Claimant, flags: number, codec = 0, value: Uint8Array = nothing): void {
    cacheFrames.writeClaimed(member.member.outbox.writer, { kind: FrameKind.CLAIMED, number, flags, codec, value })
    this.#written.add(member.member)
  }
}

/** The first that answers, or else the first: one that is silent already is not heard of a second time. */
function nextOf({ waiting }: Claim): Claimant | undefined {
  for (const claimant of waiting) if (!claimant.member.member.isSuspect) return claimant
  const [first] = waiting
  return first
}
