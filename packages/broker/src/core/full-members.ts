import type { Clock } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'

/** What the broker does for members whose subscriptions are full. */
export interface FullMembersOwner {
  /** Asks a publisher to publish no more for now, or to go on. */
  hold(publisher: ConnectedMember, held: boolean): void
  /** The member has not made room in time, while publishers waited for it. */
  stalled(member: ConnectedMember): void
}

/**
 * Members that read their link, but whose handlers are so far behind that a subscription of theirs is full. Those who
 * publish to them are asked to wait. They are still read from: what a slow handler waits for may come from them.
 */
export class FullMembers {
  readonly #stallMs: number
  readonly #clock: Clock
  readonly #owner: FullMembersOwner

  constructor(stallMs: number, clock: Clock, owner: FullMembersOwner) {
    this.#stallMs = stallMs
    this.#clock = clock
    this.#owner = owner
  }

  /** The member says whether a subscription of it is full. */
  told(member: ConnectedMember, isFull: boolean): void {
    member.isFull = isFull
    if (!isFull) this.#release(member)
  }

  /** A publisher has published to a member that is full. */
  fed(full: ConnectedMember, publisher: ConnectedMember): void {
    // It may have made room in the same breath, and nobody waits for who does not answer.
    if (!full.isFull || full.isSuspect || full.holdsBack.has(publisher)) return
    full.holdsBack.add(publisher)
    publisher.heldBackBy.add(full)
    if (publisher.heldBackBy.size === 1) this.#owner.hold(publisher, true)
    full.cancelFullStall ??= this.#clock.after(this.#stallMs, () => this.#owner.stalled(full))
  }

  /** A member does not answer: nobody waits for it. */
  suspected(member: ConnectedMember): void {
    this.#release(member)
  }

  /** A member is gone: nobody waits for it any more, and it for nobody. */
  leave(member: ConnectedMember): void {
    this.#release(member)
    for (const full of member.heldBackBy) {
      full.holdsBack.delete(member)
      if (full.holdsBack.size === 0) this.#release(full)
    }
    member.heldBackBy.clear()
  }

  #release(full: ConnectedMember): void {
    full.cancelFullStall?.()
    full.cancelFullStall = undefined
    for (const publisher of full.holdsBack) {
      publisher.heldBackBy.delete(full)
      if (publisher.heldBackBy.size === 0 && publisher.state === 'open') this.#owner.hold(publisher, false)
    }
    full.holdsBack.clear()
  }
}
