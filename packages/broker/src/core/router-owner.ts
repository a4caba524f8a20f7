import type { Limits, ToldTerms } from '@clusterbus/protocol'
import type { Access, AccessParts } from './access/access.ts'
import type { Caches } from './caches/caches.ts'
import type { ConnectedMember } from './connected-member.ts'
import type { Counters } from './counters.ts'

/** What the router needs from whoever owns it. */
export interface RouterOwner {
  readonly limits: Limits
  readonly counters: Counters
  members(): Iterable<ConnectedMember>
  /** The member says whether a subscription of it is full. */
  toldFull(member: ConnectedMember, isFull: boolean): void
  /** A member has said what becomes of messages that it does not take in time. Throws `BAD_FRAME`. */
  termsTold(member: ConnectedMember, terms: ToldTerms): void
  /** Makes whoever asks the app what members may do, if it wants to be asked; it puts members that it writes to into `written`. */
  makeAccess(parts: Pick<AccessParts, 'written' | 'finishRun'>): Access | undefined
  /** Makes what caches need of the broker; they put members that they write to into `written`. */
  makeCaches(written: Set<ConnectedMember>, access: Access | undefined): Caches
  memberById(id: number): ConnectedMember | undefined
}
