import { cacheFrames, FrameKind, layout } from '@clusterbus/protocol'
import type { ConnectedMember } from '../connected-member.ts'
import type { CacheMember } from './cache-member.ts'
import type { SharedCache } from './shared-cache.ts'

/** Somebody that has claimed a key. */
interface Claimant {
  readonly member: CacheMember
  readonly number: number
}

/** The right to load a key for all members that hold its cache, and those who wait for what comes of it. */
export interface Claim {
  readonly cache: SharedCache
  readonly key: string
  holder: Claimant
  readonly waiting: Claimant[]
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

  claim(member: CacheMember, number: number, cache: SharedCache, key: string): void {
    const claimant = { member, number }
    this.#count += 1
    const present = cache.claims.get(key)
    if (present !== undefined) {
      present.waiting.push(claimant)
      member.claims.set(number, present)
      return
    }
    const claim = { cache, key, holder: claimant, waiting: [] }
    cache.claims.set(key, claim)
    member.claims.set(number, claim)
    this.#answer(claimant, layout.flagMine)
  }

  /** What was claimed so far has nothing to do with who claims from now on: these keys are void, or all. */
  detach(cache: SharedCache, keys: readonly string[] | 'all'): void {
    if (keys === 'all') cache.claims.clear()
    else for (const key of keys) cache.claims.delete(key)
  }

  /**
   * Ends a claim. With a value those who wait get that, without one they load for themselves, and where the load has
   * failed the next of them does. A claim that was not granted, or has ended, is passed over.
   */
  release(member: CacheMember, number: number, flags: number, codec: number, value: Uint8Array): void {
    const claim = member.claims.get(number)
    if (claim?.holder.member !== member || claim.holder.number !== number) return
    this.#forget(claim.holder)
    if ((flags & layout.flagFailed) !== 0) return this.#passOn(claim)
    this.#remove(claim)
    const { waiting } = claim
    for (const claimant of waiting) {
      this.#forget(claimant)
      this.#answer(claimant, flags & layout.flagValue, codec, value)
    }
  }

  /** Who claimed has given up. */
  cancel(member: CacheMember, number: number): void {
    const claim = member.claims.get(number)
    if (claim === undefined) return
    this.#withdraw({ member, number }, claim)
  }

  /** The member is gone: what it was granted, others get, and it waits for nothing. */
  leave(member: CacheMember): void {
    for (const [number, claim] of member.claims) this.#withdraw({ member, number }, claim)
  }

  /** The member does not answer: what it was granted, others get. */
  passOnAll(member: CacheMember): void {
    for (const [number, claim] of member.claims) {
      if (claim.holder.member === member && claim.holder.number === number) this.#withdraw(claim.holder, claim)
    }
  }

  #withdraw(claimant: Claimant, claim: Claim): void {
    const { member, number } = claimant
    this.#forget(claimant)
    if (claim.holder.member === member && claim.holder.number === number) return this.#passOn(claim)
    const at = claim.waiting.findIndex((other) => other.member === member && other.number === number)
    if (at >= 0) claim.waiting.splice(at, 1)
  }

  #passOn(claim: Claim): void {
    const next = claim.waiting.shift()
    if (next === undefined) return this.#remove(claim)
    claim.holder = next
    this.#answer(next, layout.flagMine)
  }

  #remove(claim: Claim): void {
    if (claim.cache.claims.get(claim.key) === claim) claim.cache.claims.delete(claim.key)
  }

  #forget({ member, number }: Claimant): void {
    member.claims.delete(number)
    this.#count -= 1
  }

  #answer({ member, number }: Claimant, flags: number, codec = 0, value: Uint8Array = nothing): void {
    cacheFrames.writeClaimed(member.member.outbox.writer, { kind: FrameKind.CLAIMED, number, flags, codec, value })
    this.#written.add(member.member)
  }
}
