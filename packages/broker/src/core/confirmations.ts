import { FrameKind, write } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'

/** A message whose publisher waits to hear what became of it. */
export interface Confirmation {
  readonly publisher: ConnectedMember
  /** The publisher's number for it. */
  readonly number: number
  /** Whether it is to be handled, and not only routed. */
  readonly handled: boolean
  /** Members that were given the message and have not said yet that they are through with it. */
  readonly waiting: Set<ConnectedMember>
  members: number
  delivered: number
  failed: number
  gone: number
}

/**
 * Remembers which messages are to be confirmed and who was given them, in both directions, so that only those members
 * can speak for them, each once, and that one that goes away speaks by that.
 */
export class Confirmations {
  readonly #written: Set<ConnectedMember>
  #count = 0

  /** Members whose outboxes are added to are put into `written`. */
  constructor(written: Set<ConnectedMember>) {
    this.#written = written
  }

  /** Messages that wait to be confirmed. */
  get count(): number {
    return this.#count
  }

  /** Begins to confirm a message. {@link given} follows for each member that gets it, and then {@link routed}. */
  begin(publisher: ConnectedMember, number: number, handled: boolean): Confirmation {
    const counts = { members: 0, delivered: 0, failed: 0, gone: 0 }
    const confirmation = { publisher, number, handled, waiting: new Set<ConnectedMember>(), ...counts }
    publisher.confirming.set(number, confirmation)
    this.#count += 1
    return confirmation
  }

  /** The message is written to `member` next. */
  given(confirmation: Confirmation, member: ConnectedMember): void {
    confirmation.members += 1
    if (!confirmation.handled) {
      confirmation.delivered += 1
      return
    }
    write.writeNumbers(member.outbox.writer, FrameKind.TRACK, 0, confirmation.publisher.id, confirmation.number)
    confirmation.waiting.add(member)
    member.tracked.add(confirmation)
  }

  /** The message has been written to all who get it. */
  routed(confirmation: Confirmation): void {
    this.#endWhenSettled(confirmation)
  }

  /** A member is through with a message. One that was not asked, or has said so before, is passed over. */
  settle(member: ConnectedMember, publisher: ConnectedMember | undefined, number: number, failed: boolean): void {
    const confirmation = publisher?.confirming.get(number)
    if (confirmation === undefined || !confirmation.waiting.delete(member)) return
    member.tracked.delete(confirmation)
    if (failed) confirmation.failed += 1
    else confirmation.delivered += 1
    this.#endWhenSettled(confirmation)
  }

  /** The publisher has given up waiting, if it did. */
  cancel(publisher: ConnectedMember, number: number): void {
    const confirmation = publisher.confirming.get(number)
    if (confirmation !== undefined) this.#forget(confirmation)
  }

  /** A member is gone: it waits for nothing, and nobody waits for it. */
  leave(member: ConnectedMember): void {
    for (const confirmation of member.confirming.values()) this.#forget(confirmation)
    for (const confirmation of member.tracked) {
      confirmation.waiting.delete(member)
      confirmation.gone += 1
      this.#endWhenSettled(confirmation)
    }
    member.tracked.clear()
  }

  #endWhenSettled(confirmation: Confirmation): void {
    if (confirmation.waiting.size > 0) return
    this.#forget(confirmation)
    const { publisher, number, members, delivered, failed, gone } = confirmation
    write.writeNumbers(publisher.outbox.writer, FrameKind.CONFIRMED, 0, number, members, delivered, failed, gone)
    this.#written.add(publisher)
  }

  #forget(confirmation: Confirmation): void {
    for (const member of confirmation.waiting) member.tracked.delete(confirmation)
    confirmation.publisher.confirming.delete(confirmation.number)
    this.#count -= 1
  }
}
