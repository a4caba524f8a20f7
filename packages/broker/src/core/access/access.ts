import { BusError, deniedVersion, FrameKind, isReserved, write } from '@clusterbus/protocol'
import type { ConnectedMember } from '../connected-member.ts'
import { NumberSet } from '../number-set.ts'
import type { Topic } from '../topic-table.ts'
import { type AccessAction, type Authorize, judge } from './authorize.ts'
import { MemberAccess } from './member-access.ts'

/** Topics that a member has yet to be told about; with more, it is told at once. */
const deniedMax = 256

export interface AccessParts {
  readonly authorize: Authorize
  /** Most answers that are remembered of one member. */
  readonly answersMax: number
  readonly counters: { refused: number }
  /** Members whose outboxes are added to are put in here. */
  readonly written: Set<ConnectedMember>
  /** Queues what was routed before: the app may close the broker while it is asked. */
  readonly finishRun: () => void
  readonly report: (error: BusError) => void
}

/**
 * Asks the app what a member may do, once for each member, action and topic, and remembers the answer. A broker that has
 * nobody to ask has none of these.
 */
export class Access {
  readonly #parts: AccessParts

  constructor(parts: AccessParts) {
    this.#parts = parts
  }

  /** Call for each member before anything is taken from it. It may publish with no number that it was not asked about. */
  joined(member: ConnectedMember): void {
    member.publishable = new NumberSet()
    member.access = new MemberAccess(this.#parts.answersMax)
  }

  leave(member: ConnectedMember): void {
    member.access = undefined
  }

  /**
   * Whether the member may do that. What belongs to the broker itself is nobody's to refuse. Throws `CLOSED` when the app,
   * while it was asked, has ended the member.
   */
  allows(member: ConnectedMember, action: AccessAction, topic: string): boolean {
    if (isReserved(topic) && action !== 'cache' && action !== 'invalidate') return true
    return member.access?.recall(action, topic) ?? this.#ask(member, action, topic)
  }

  /** Whether it may publish to that topic by its number, which it was told; from then on it is not asked about. */
  allowsNumber(member: ConnectedMember, topic: Topic): boolean {
    if (!this.allows(member, 'publish', topic.name)) return false
    member.publishable.add(topic.number)
    return true
  }

  /** Throws a message away that the member may not publish. It hears of that with {@link tell}. */
  deny(member: ConnectedMember, topic: string): void {
    this.#parts.counters.refused += 1
    if (member.access === undefined || member.version < deniedVersion) return
    const { denied } = member.access
    denied.set(topic, (denied.get(topic) ?? 0) + 1)
    if (denied.size >= deniedMax) this.tell(member)
  }

  /** Counts a message that is thrown away, and of which its publisher hears in another way. */
  refuse(): void {
    this.#parts.counters.refused += 1
  }

  /** Tells the member what was thrown away since it was told last. Must come before anything is answered that came later. */
  tell(member: ConnectedMember): void {
    const denied = member.access?.denied
    if (denied === undefined || denied.size === 0) return
    for (const [topic, count] of denied) {
      write.writeNumberAndText(member.outbox.writer, FrameKind.DENIED, count, topic)
    }
    denied.clear()
    this.#parts.written.add(member)
  }

  #ask(member: ConnectedMember, action: AccessAction, topic: string): boolean {
    this.#parts.finishRun()
    const { allowed, fault } = judge(this.#parts.authorize, member.info, action, topic)
    if (fault !== undefined && member.access?.faulty.has(action) === false) {
      member.access.faulty.add(action)
      this.#parts.report(fault)
    }
    // The app may have closed the broker while it was asked, or told of a fault.
    if (member.access === undefined) throw new BusError('CLOSED', 'it was closed while authorize() was asked')
    member.access.remember(action, topic, allowed)
    return allowed
  }
}
