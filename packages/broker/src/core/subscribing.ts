import { type BusErrorCode, FrameKind, quoted, read, type SubscribeFields, write } from '@clusterbus/protocol'
import type { Access } from './access/access.ts'
import { refusalText } from './access/authorize.ts'
import type { ConnectedMember } from './connected-member.ts'
import type { ResponderTable } from './responder-table.ts'
import type { Subscription } from './subscription.ts'
import type { SubscriptionTable } from './subscription-table.ts'

export interface SubscribingParts {
  readonly subscriptions: SubscriptionTable
  readonly responders: ResponderTable
  readonly subscriptionsMax: number
  /** Members whose outboxes are added to are put in here. */
  readonly written: Set<ConnectedMember>
  /** Asks the app what members may subscribe and respond to. */
  readonly access: Access | undefined
}

/** Subscriptions and responders, from when a member asks for them until they end. */
export class Subscribing {
  readonly #parts: SubscribingParts

  constructor(parts: SubscribingParts) {
    this.#parts = parts
  }

  /** Throws `BAD_FRAME` for one that stands already. A member that may not have it, is told so. */
  subscribe(member: ConnectedMember, fields: SubscribeFields): void {
    const { id, pattern, group, responder, max } = fields
    if (member.subscriptions.has(id)) throw read.badFrame(`subscription ${id} stands already`)
    const { subscriptionsMax: limit, access } = this.#parts
    if (member.subscriptions.size >= limit) {
      const why = `${limit} subscriptions of this member stand already, which is limits.subscriptions of the broker`
      return this.#refuse(member, fields, 'QUEUE_FULL', why)
    }
    const action = callOf(fields)
    if (access?.allows(member, action, pattern) === false) {
      return this.#refuse(member, fields, 'NOT_ALLOWED', refusalText(action))
    }
    const remaining = max === 0 ? Infinity : max
    const subscription: Subscription = { id, member, pattern, group, responder, remaining }
    member.subscriptions.set(id, subscription)
    this.#tableOf(subscription).add(subscription)
  }

  unsubscribe(member: ConnectedMember, id: number): void {
    const subscription = member.subscriptions.get(id)
    // It may have ended here already, by its `max`, or was refused.
    if (subscription === undefined) return
    member.subscriptions.delete(id)
    this.#tableOf(subscription).remove(subscription)
  }

  /** Counts a message that was given to this subscription alone, and ends it with its last one. */
  spend(subscription: Subscription): void {
    subscription.remaining -= 1
    if (subscription.remaining === 0) this.unsubscribe(subscription.member, subscription.id)
  }

  /** Ends all subscriptions of a member that is gone. */
  leave(member: ConnectedMember): void {
    for (const subscription of member.subscriptions.values()) this.#tableOf(subscription).remove(subscription)
    member.subscriptions.clear()
  }

  #refuse(member: ConnectedMember, fields: SubscribeFields, code: BusErrorCode, why: string): void {
    const text = read.failureText(code, `${callOf(fields)}(${quoted(fields.pattern)}): ${why}`)
    write.writeNumberAndText(member.outbox.writer, FrameKind.REFUSED, fields.id, text)
    this.#parts.written.add(member)
  }

  #tableOf(subscription: Subscription): SubscriptionTable | ResponderTable {
    return subscription.responder ? this.#parts.responders : this.#parts.subscriptions
  }
}

function callOf({ responder }: SubscribeFields): 'respond' | 'subscribe' {
  return responder ? 'respond' : 'subscribe'
}
