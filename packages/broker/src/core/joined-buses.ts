import type { Member } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'

/** Who wants to become a member. */
export interface Newcomer extends Omit<Member, 'id'> {
  /** What tells the bus from all others, also over several links. No other process knows it. */
  readonly bus?: string | undefined
  /** The version of the protocol that it is served in; where its edge has none but the newest, it does not say. */
  readonly version?: number | undefined
  /** The thread of its process that it lives in, where that is not the main one. */
  readonly thread?: number | undefined
  /** Whether its link closes when it ends, however it does. */
  readonly closesAtEnd?: boolean
}

/** Which member a bus is now. One that comes over a new link has given up its old one, whatever still lies on that. */
export class JoinedBuses {
  readonly #members = new Map<string, ConnectedMember>()

  /** The bus is this member from now on. Returns the one that it was, if that is still there. */
  joins(member: ConnectedMember): ConnectedMember | undefined {
    if (member.bus === undefined) return undefined
    const before = this.#members.get(member.bus)
    this.#members.set(member.bus, member)
    return before
  }

  leaves(member: ConnectedMember): void {
    if (member.bus !== undefined && this.#members.get(member.bus) === member) this.#members.delete(member.bus)
  }
}
