import { FrameStream, type Link, type Member, protocolVersion, read } from '@clusterbus/protocol'
import type { MemberAccess } from './access/member-access.ts'
import type { CacheMember } from './caches/cache-member.ts'
import type { Confirmation } from './confirmations.ts'
import { NumberSet } from './number-set.ts'
import { Outbox } from './outbox.ts'
import type { Newcomer } from './joined-buses.ts'
import type { MemberTerms } from './overflow/terms.ts'
import type { Trimmer } from './overflow/trimmer.ts'
import type { PendingRequest } from './requests.ts'
import type { Subscription } from './subscription.ts'

/** `closing`: its last words are on their way, and nothing of what it still says is taken. */
export type MemberState = 'open' | 'closing' | 'gone'

/** A member and all that the broker keeps for it. When it goes, everything here is taken back. */
export class ConnectedMember {
  readonly info: Member
  /** What tells its bus from all others, also over several links; unknown for one that did not say. */
  readonly bus: string | undefined
  /** The version of the protocol that it is served in. */
  readonly version: number
  /** The thread of its process that it lives in, where that is not the main one. */
  readonly thread: number | undefined
  /** It is a thread that is there as long as its link is, so its silence says only that it is busy, or its process stopped. */
  readonly mayCompute: boolean
  readonly link: Link
  readonly outbox: Outbox
  readonly stream: FrameStream
  state: MemberState = 'open'
  /** What becomes of messages that it does not take in time. */
  terms: MemberTerms
  /** Whether it has told some of its terms itself. */
  toldTerms = false
  /** Drops messages, if its terms are such. */
  trimmer: Trimmer | undefined
  readonly subscriptions: Map<number, Subscription> = new Map()
  /** Numbers of the topics that this member was told. */
  readonly knownTopics: NumberSet = new NumberSet()
  /** Those of them that it may publish with: the same set, unless the app is asked what members may do. */
  publishable: NumberSet = this.knownTopics
  /** What the app has answered about it, where it is asked. */
  access: MemberAccess | undefined
  /** The SHAPE frames that it has sent, in order. */
  readonly shapes: Buffer[] = []
  /** How many of the shapes of others it was told. */
  readonly knownShapes: Map<ConnectedMember, number> = new Map()
  /** Its requests that wait for a reply, by their number. */
  readonly pending: Map<number, PendingRequest> = new Map()
  /** Requests of others that it was given to answer. */
  readonly asked: Set<PendingRequest> = new Set()
  /** Its messages that wait to be confirmed, by their number. */
  readonly confirming: Map<number, Confirmation> = new Map()
  /** Messages to be confirmed that it was given and is not through with. */
  readonly tracked: Set<Confirmation> = new Set()
  /** What it is in the caches, if it has any. */
  caches: CacheMember | undefined
  /** Members whose links are paused because this member's outbox is too full for more. */
  readonly holding: Set<ConnectedMember> = new Set()
  /** Members whose full outboxes keep this member's link paused. */
  readonly heldBy: Set<ConnectedMember> = new Set()
  /** When it last said anything, in milliseconds of the broker's clock. */
  heardAt = 0
  /** Since when its link has taken nothing, as far as it was looked at, in milliseconds of the broker's clock. */
  blockedAt: number | undefined
  /** When it was asked whether it is there, if it has said nothing since. */
  askedAt: number | undefined
  /** It does not answer: what others can do as well is given to others. */
  isSuspect = false
  /** It is silent while its outbox fills: nobody waits for it. */
  slowsNobody = false
  /** Calls off the look at whether this member, whose outbox is too full, is silent. */
  cancelWatch: (() => void) | undefined
  /** Calls off the timer that would disconnect this member for not making room. */
  cancelStall: (() => void) | undefined
  /** It has said that a subscription of it is full. */
  isFull = false
  /** Publishers that were asked to wait until this member is no longer full. */
  readonly holdsBack: Set<ConnectedMember> = new Set()
  /** Full members for which this one was asked to wait. */
  readonly heldBackBy: Set<ConnectedMember> = new Set()
  /** Calls off the timer that would disconnect this member for staying full. */
  cancelFullStall: (() => void) | undefined
  /** Calls off the timer that closes the link by force. */
  cancelClose: (() => void) | undefined

  constructor(
    info: Member,
    { bus, version = protocolVersion, thread, closesAtEnd = false }: Omit<Newcomer, keyof Member>,
    link: Link,
    frameBytesMax: number,
    terms: MemberTerms,
  ) {
    this.info = info
    this.bus = bus
    this.version = version
    this.thread = thread
    this.mayCompute = thread !== undefined && closesAtEnd
    this.terms = terms
    this.link = link
    this.outbox = new Outbox(link)
    this.stream = new FrameStream(frameBytesMax)
  }

  /** Its requests, and whatever else of it waits for an answer: they share their numbers and their limit. */
  get waitingCount(): number {
    return this.pending.size + this.confirming.size + (this.caches?.waitingCount ?? 0)
  }

  waitsFor(number: number): boolean {
    return this.pending.has(number) || this.confirming.has(number) || this.caches?.waitsFor(number) === true
  }

  /** Throws `BAD_FRAME` for the number of something that it waits for already. */
  assertUnused(number: number): void {
    if (this.waitsFor(number)) throw read.badFrame(`request ${number} waits already`)
  }

  get id(): number {
    return this.info.id
  }

  /** Hands over to its link what was gathered for it. */
  flush(): void {
    if (this.trimmer === undefined) this.outbox.flush()
    else this.trimmer.flush()
  }

  /** Its link has room again. */
  drained(): void {
    this.outbox.drained()
    if (this.trimmer === undefined) this.outbox.flush()
    else this.trimmer.drained()
  }
}
