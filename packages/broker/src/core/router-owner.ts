import type { Limits } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'
import type { Counters } from './counters.ts'

/** What the router needs from whoever owns it. */
export interface RouterOwner {
  readonly limits: Limits
  readonly counters: Counters
  members(): Iterable<ConnectedMember>
  memberById(id: number): ConnectedMember | undefined
}
