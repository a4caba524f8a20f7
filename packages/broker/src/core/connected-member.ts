import { FrameStream, type Link, type Member } from '@clusterbus/protocol'
import { NumberSet } from './number-set.ts'
import { Outbox } from './outbox.ts'
import type { PendingRequest } from './requests.ts'
import type { Subscription } from './subscription.ts'

/** `closing`: its last words are on their way, and nothing of what it still says is taken. */
export type MemberState = 'open' | 'closing' | 'gone'

/** A member and all that the broker keeps for it. When it goes, everything here is taken back. */
export class ConnectedMember {
  readonly info: Member
  readonly link: Link
  readonly outbox: Outbox
  readonly stream: FrameStream
  state: MemberState = 'open'
  readonly subscriptions: Map<number, Subscription> = new Map()
  /** Numbers of the topics that this member was told. */
  readonly knownTopics: NumberSet = new NumberSet()
  /** The SHAPE frames that it has sent, in order. */
  readonly shapes: Buffer[] = []
  /** How many of the shapes of others it was told. */
  readonly knownShapes: Map<ConnectedMember, number> = new Map()
  /** Its requests that wait for a reply, by their number. */
  readonly pending: Map<number, PendingRequest> = new Map()
  /** Requests of others that it was given to answer. */
  readonly asked: Set<PendingRequest> = new Set()
  /** Members whose links are paused because this member's outbox is too full for more. */
  readonly holding: Set<ConnectedMember> = new Set()
  /** Members whose full outboxes keep this member's link paused. */
  readonly heldBy: Set<ConnectedMember> = new Set()
  /** Calls off the timer that would disconnect this member for not making room. */
  cancelStall: (() => void) | undefined
  /** Calls off the timer that closes the link by force. */
  cancelClose: (() => void) | undefined

  constructor(info: Member, link: Link, frameBytesMax: number) {
    this.info = info
    this.link = link
    this.outbox = new Outbox(link)
    this.stream = new FrameStream(frameBytesMax)
  }

  get id(): number {
    return this.info.id
  }
}
