import type { ConnectedMember } from '../connected-member.ts'
import type { Claimant } from './claims.ts'
import type { Invalidation } from './invalidations.ts'
import type { Opened } from './shared-cache.ts'

/** An invalidation that waits for a member. */
export interface Owed {
  readonly invalidation: Invalidation
  /** When the member can no longer serve what it was told to evict, in milliseconds of the broker's clock. */
  readonly endsAt: number
}

/**
 * What a member is in the caches. It may outlive the member: a process whose link is gone serves from its copies until it
 * notices, or until its lease has run out.
 */
export class CacheMember {
  readonly member: ConnectedMember
  /** Its caches, by its own numbers for them. */
  readonly opened: Map<number, Opened> = new Map()
  /** Its invalidations that wait for others, by their number. */
  readonly invalidating: Map<number, Invalidation> = new Map()
  /** What it has claimed, granted or not, by the number of the claim. */
  readonly claims: Map<number, Claimant> = new Map()
  /** What the keys of those take here. */
  claimedBytes = 0
  /** Invalidations of others that wait for it, by how many it had been told of then; the first is the oldest. */
  readonly owed: Map<number, Owed> = new Map()
  /** Evictions that it was told of. */
  told = 0
  /** Evictions that it has said it has heeded. */
  heeded = 0
  /** From then on it serves nothing unless it is given a new lease, in milliseconds of the broker's clock. */
  leaseEndsAt = 0
  /** It serves nothing any more, whatever its link still brings. */
  hasEnded = false
  /** It is no member any more. */
  hasLeft = false
  /** Calls off the timer that looks at what it owes. */
  cancelWatch: (() => void) | undefined

  constructor(member: ConnectedMember) {
    this.member = member
  }

  /** Its invalidations and claims that wait for an answer, or are to be released. */
  get waitingCount(): number {
    return this.invalidating.size + this.claims.size
  }

  waitsFor(number: number): boolean {
    return this.invalidating.has(number) || this.claims.has(number)
  }
}
