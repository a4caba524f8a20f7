import { type Clock, type Limits, type OverflowOptions, read, type ToldTerms } from '@clusterbus/protocol'
import type { ConnectedMember } from '../connected-member.ts'
import type { Counters } from '../counters.ts'
import type { TopicTable } from '../topic-table.ts'
import { DropAccount, type DropReason, type DropRow } from './drop-account.ts'
import { drops, type MemberTerms, memberTerms } from './terms.ts'
import { type NameOf, WaitingNames } from './waiting-names.ts'
import { Trimmer } from './trimmer.ts'

/** How often it is told at most that a member is slow, in milliseconds. */
const noticeMs = 1_000

/** What is told under `$sys.member.slow`. */
export interface SlowNotice {
  readonly id: number
  readonly name: string
  /** Messages dropped for it since the last such notice. */
  readonly dropped: number
}

/** What is dropped for members that do not take their messages in time, and the account of it. */
export class Overflow {
  /** What holds for a member that has told nothing. */
  readonly defaultTerms: MemberTerms
  readonly #limits: Limits
  readonly #defaults: OverflowOptions
  readonly #topics: TopicTable
  readonly #counters: Counters
  readonly #clock: Clock
  /** Told of each dropped message that its publisher waits for to be handled, by what stood before it. */
  readonly #unhandled: (member: ConnectedMember, track: Buffer) => void
  readonly #account = new DropAccount()
  readonly #notices = new Map<ConnectedMember, { dropped: number; toldAt: number }>()

  constructor(parts: {
    limits: Limits
    defaults: OverflowOptions
    topics: TopicTable
    counters: Counters
    clock: Clock
    unhandled: (member: ConnectedMember, track: Buffer) => void
  }) {
    this.#limits = parts.limits
    this.#defaults = parts.defaults
    this.defaultTerms = memberTerms(parts.limits, parts.defaults)
    this.#topics = parts.topics
    this.#counters = parts.counters
    this.#clock = parts.clock
    this.#unhandled = parts.unhandled
  }

  /** Every drop since the start. */
  rows(): DropRow[] {
    return this.#account.rows()
  }

  /** The member says what its terms are. Throws `BAD_FRAME` if it has told some before. */
  told(member: ConnectedMember, told: ToldTerms): void {
    if (member.toldTerms) throw read.badFrame('TERMS for a second time')
    member.toldTerms = true
    member.terms = memberTerms(this.#limits, this.#defaults, told)
    this.watch(member)
  }

  /** From now on its terms are kept. */
  watch(member: ConnectedMember): void {
    const { outbox, terms } = member
    const trims = terms.conflates || drops(terms)
    member.trimmer = trims
      ? new Trimmer(outbox, terms, this.#nameOf(member), (byTopic, reason, tracks) => {
          this.#dropped(member, byTopic, reason)
          for (const track of tracks) this.#unhandled(member, track)
        })
      : undefined
  }

  /** Drops all that waits for a member and has not been handed to its link. Returns how many messages that were. */
  discard(member: ConnectedMember, reason: DropReason): number {
    const segments = member.outbox.discard()
    const byTopic = new WaitingNames(this.#nameOf(member), segments).countMessages(segments)
    return this.#dropped(member, byTopic, reason)
  }

  /** A member's link is gone, and with it all that waited for the member. */
  lose(member: ConnectedMember): void {
    const { outbox } = member
    this.#counters.lost += outbox.messages
    this.#counters.lostBytes += outbox.linkBytes
    outbox.discard()
    // Some of it may have been dropped since it left.
    this.leave(member)
  }

  /** A member is none any more; what it was not told of its drops, nobody hears. */
  leave(member: ConnectedMember): void {
    this.#notices.delete(member)
    this.#account.leave(member.id)
  }

  /** What is to be told now: once a second at most for each member, as long as something is dropped for it. */
  takeNotices(): SlowNotice[] {
    const notices: SlowNotice[] = []
    if (this.#notices.size === 0) return notices
    const now = this.#clock.now()
    for (const [{ id, info }, notice] of this.#notices) {
      if (notice.dropped === 0 || now - notice.toldAt < noticeMs) continue
      notices.push({ id, name: info.name, dropped: notice.dropped })
      notice.dropped = 0
      notice.toldAt = now
    }
    return notices
  }

  #dropped(member: ConnectedMember, byTopic: ReadonlyMap<string, number>, reason: DropReason): number {
    let dropped = 0
    for (const [topic, messages] of byTopic) {
      this.#account.add(member.info, topic, reason, messages)
      dropped += messages
    }
    this.#counters.dropped += dropped
    const notice = this.#notices.get(member)
    if (notice !== undefined) notice.dropped += dropped
    else if (member.trimmer !== undefined) this.#notices.set(member, { dropped, toldAt: -Infinity })
    return dropped
  }

  /** What the member was told that numbers stand for. */
  #nameOf(member: ConnectedMember): NameOf {
    return (number) => this.#topics.byNumber(number, member)?.name
  }
}
