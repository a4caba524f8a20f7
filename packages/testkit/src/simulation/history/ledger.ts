import type {
  HandledRecord,
  PendingRecord,
  PublishRecord,
  RequestRecord,
  SubscriptionRecord,
  Violation,
} from './records.ts'

/** What the checkers need to know of one member. */
export interface MemberRecord {
  readonly name: string
  readonly published: PublishRecord[]
  /** Numbers that brokers gave it. */
  readonly ids: Set<number>
  /** When something may have been lost that it had handed over or was sent to it. */
  readonly losses: number[]
  /** Whether bytes on one of its links were changed, or it never meant well. */
  tainted: boolean
  crashed: boolean
  closed: boolean
}

/** All that a simulation has brought about, as records that checkers can look through. */
export class Ledger {
  readonly members: Map<string, MemberRecord> = new Map()
  readonly subscriptions: SubscriptionRecord[] = []
  readonly requests: RequestRecord[] = []
  readonly handled: HandledRecord[] = []
  readonly pending: Set<PendingRecord> = new Set()
  /** Numbers of members whose bytes cannot be relied on. */
  readonly taintedIds: Set<number> = new Set()
  /** What was seen to be wrong while it happened. */
  readonly violations: Violation[] = []
  /** From when on everything is healed and everybody has flushed; `Infinity` before. */
  settledIndex: number = Infinity
  /** From when on everybody leaves; `Infinity` before. */
  leaveIndex: number = Infinity

  addMember(name: string): MemberRecord {
    const member: MemberRecord = {
      name,
      published: [],
      ids: new Set(),
      losses: [],
      tainted: false,
      crashed: false,
      closed: false,
    }
    this.members.set(name, member)
    return member
  }

  /** Something is lost between the member and the broker; nothing is established any more. */
  lost(member: MemberRecord, index: number): void {
    member.losses.push(index)
    for (const subscription of this.subscriptions) {
      if (subscription.member === member.name) subscription.establishedIndex = undefined
    }
  }

  /** Bytes of the member cannot be relied on any more. */
  taint(member: MemberRecord, id: number | undefined): void {
    member.tainted = true
    if (id !== undefined) this.taintedIds.add(id)
  }

  violated(checker: string, index: number, message: string): void {
    this.violations.push({ checker, message, index })
  }

  /** Whether the member has lost something after `index`, and not after `untilIndex`. */
  hasLost(name: string, index: number, untilIndex: number = Infinity): boolean {
    const member = this.members.get(name)
    return member === undefined || member.losses.some((at) => at > index && at <= untilIndex)
  }

  isTainted(name: string): boolean {
    return this.members.get(name)?.tainted !== false
  }
}
