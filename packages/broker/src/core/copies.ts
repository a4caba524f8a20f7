import { layout, write } from '@clusterbus/protocol'
import type { Confirmation, Confirmations } from './confirmations.ts'
import type { ConnectedMember } from './connected-member.ts'
import type { Counters } from './counters.ts'
import { entryAt, type Route, takeTurn } from './routes.ts'
import type { ShapeBook } from './shape-book.ts'
import type { Subscription } from './subscription.ts'
import type { Topic } from './topic-table.ts'

const noPicks: ReadonlyMap<ConnectedMember, readonly number[]> = new Map()

export interface CopiesParts {
  readonly counters: Counters
  /** Members whose outboxes are added to are put in here. */
  readonly written: Set<ConnectedMember>
  /** Those of them that have said that they are full. */
  readonly fedFull: Set<ConnectedMember>
  readonly shapes: ShapeBook
  readonly confirmations: Confirmations
  /** Told of every subscription that was given a message of its own. */
  readonly spend: (subscription: Subscription) => void
}

/**
 * The slow way, for messages that are not the same for all who get them: one copy for each member, with what it has to
 * know before it: the group subscriptions that were picked, and that somebody waits for it to be handled.
 */
export class Copies {
  readonly #parts: CopiesParts

  constructor(parts: CopiesParts) {
    this.#parts = parts
  }

  /** Hands on the frame of `sender` from `start` to `end`. Runs must have been finished before. */
  send(
    sender: ConnectedMember | undefined,
    bytes: Buffer,
    start: number,
    end: number,
    topic: Topic,
    route: Route,
    confirmation?: Confirmation,
  ): void {
    const except = exceptOf(sender, bytes, start)
    const picks = route.groups.length === 0 ? noPicks : this.#pick(topic, route, except)
    for (const member of route.recipients) {
      if (member === except || picks.has(member)) continue
      if (sender !== undefined) this.#parts.shapes.introduce(sender, member)
      this.#deliver(member, bytes, start, end, confirmation)
    }
    for (const [member, chosen] of picks) {
      // Nothing but a TRACK may stand between a PICK and its message.
      if (sender !== undefined) this.#parts.shapes.introduce(sender, member)
      write.writePick(member.outbox.writer, chosen, route.recipients.includes(member))
      this.#deliver(member, bytes, start, end, confirmation)
    }
    if (picks.size === 0 && route.recipients.length === 0) this.#parts.counters.unheard += 1
  }

  /** Whose turn it is in each group, by member. */
  #pick(topic: Topic, route: Route, except: ConnectedMember | undefined): Map<ConnectedMember, number[]> {
    const picks = new Map<ConnectedMember, number[]>()
    const [first] = route.groups
    const turn = topic.turn ?? (first === undefined ? 0 : takeTurn(first.turn))
    topic.turn = (turn + 1) >>> 0
    for (const { entries } of route.groups) {
      const entry = entryAt(entries, turn, except)
      if (entry === undefined) continue
      const chosen = picks.get(entry.member)
      if (chosen === undefined) picks.set(entry.member, [entry.id])
      else chosen.push(entry.id)
      this.#parts.spend(entry)
    }
    return picks
  }

  #deliver(
    member: ConnectedMember,
    bytes: Buffer,
    start: number,
    end: number,
    confirmation: Confirmation | undefined,
  ): void {
    if (confirmation !== undefined) this.#parts.confirmations.given(confirmation, member)
    member.outbox.append(bytes, start, end, 1)
    this.#parts.counters.delivered += 1
    this.#parts.written.add(member)
    if (member.isFull) this.#parts.fedFull.add(member)
  }
}

/** Whom a message passes over: its sender, if that does not want to hear itself. */
export function exceptOf(
  sender: ConnectedMember | undefined,
  bytes: Buffer,
  start: number,
): ConnectedMember | undefined {
  return ((bytes[start + 5] ?? 0) & layout.flagNoEcho) === 0 ? undefined : sender
}
