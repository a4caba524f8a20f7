import { type AccessRules, mayPublish } from '../workload/access.ts'
import type {
  HandledRecord,
  PendingRecord,
  PublishRecord,
  RequestRecord,
  SlowRecord,
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
  /** What it was told of messages that it did not get. */
  readonly slow: SlowRecord[]
  /** Topics that it was told it may not publish to, and when. */
  readonly denied: { readonly topic: string | undefined; readonly index: number }[]
  /** Whether its terms are such that messages for groups may be dropped as well. */
  readonly dropsWork: boolean
  /** Since when its bus is being drained or closed. */
  endingIndex: number | undefined
  /** Handlers that are at work on a message. */
  working: number
  /** Whether its process was ever stopped. */
  stopped: boolean
  /** Whether bytes on one of its links were changed, or it never meant well. */
  tainted: boolean
  crashed: boolean
  closed: boolean
}

/** All that a simulation has brought about, as records that checkers can look through. */
export class Ledger {
  readonly brokerMayRefuse: boolean
  readonly #access: AccessRules
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

  /** `brokerMayRefuse`: a member may have more to be confirmed than the broker takes. */
  constructor(brokerMayRefuse = false, access: AccessRules = new Map()) {
    this.brokerMayRefuse = brokerMayRefuse
    this.#access = access
  }

  mayPublish(name: string, topic: string): boolean {
    return mayPublish(this.#access, name, topic)
  }

  addMember(name: string, dropsWork = false): MemberRecord {
    const member: MemberRecord = {
      name,
      published: [],
      ids: new Set(),
      losses: [],
      slow: [],
      denied: [],
      dropsWork,
      endingIndex: undefined,
      working: 0,
      stopped: false,
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

  /** How many messages the subscriptions of a member to a pattern were told that they had missed. */
  told(name: string, pattern: string): number {
    const slow = this.members.get(name)?.slow ?? []
    return slow.reduce((sum, event) => (event.pattern === pattern ? sum + event.dropped : sum), 0)
  }

  /** Whether a handler is at work on a message anywhere, and others may wait for it. */
  get isAnybodyWorking(): boolean {
    for (const { working, crashed } of this.members.values()) if (working > 0 && !crashed) return true
    return false
  }

  /** Whether there is anybody whose bytes cannot be relied on. */
  get isAnybodyTainted(): boolean {
    for (const { tainted } of this.members.values()) if (tainted) return true
    return false
  }

  isTainted(name: string): boolean {
    return this.members.get(name)?.tainted !== false
  }
}
