import type { Ledger } from '../history/ledger.ts'
import type { PublishRecord, SubscriptionRecord } from '../history/records.ts'
import { knownMatch } from './known-matches.ts'
import { keyOf } from './trusted.ts'

/**
 * A message reaches every subscription that was established before it was published, unless a link of either side was
 * lost since. Where it was told that messages are missing, that is held against them elsewhere. What a flush has vouched for does not depend on its publisher's link any more.
 */
export function checkLoss(ledger: Ledger): void {
  for (const subscription of ledger.subscriptions) {
    if (!isPlain(ledger, subscription) || ledger.told(subscription.member, subscription.pattern) > 0) continue
    const got = new Set(subscription.deliveries.map(keyOf))
    for (const { published, tainted } of ledger.members.values()) {
      if (tainted) continue
      for (const message of published) {
        if (got.has(keyOf(message)) || !mustArrive(ledger, subscription, message)) continue
        const flushed = message.routedIndex === undefined ? '' : ', though a flush had vouched for it'
        const text = `S${subscription.id} (${subscription.pattern}) did not get ${keyOf(message)} on ${message.topic}${flushed}`
        ledger.violated('loss', message.index, text)
      }
    }
  }
}

/** Whether the subscription should have got a message that it has not got. */
export function isMissed(ledger: Ledger, subscription: SubscriptionRecord, message: PublishRecord): boolean {
  return isPlain(ledger, subscription) && mustArrive(ledger, subscription, message)
}

function isPlain(ledger: Ledger, { responder, group, member, max }: SubscriptionRecord): boolean {
  return !responder && group === undefined && max === 0 && !ledger.isTainted(member)
}

function mustArrive(ledger: Ledger, subscription: SubscriptionRecord, message: PublishRecord): boolean {
  const { pattern, member, endedIndex, endReason, establishedIndex = Infinity, drainIndex, isCutShort } = subscription
  if (endReason === 'unsubscribe' || isCutShort) return false
  if (!(establishedIndex < message.index) || !knownMatch(pattern, message.topic)) return false
  if (!message.echo && message.publisher === member) return false
  if (!isOnItsWay(ledger, message)) return false
  // After a loss it was established anew, if at all: this was before or after the message.
  if (ledger.hasLost(member, message.index)) return false
  if (drainIndex !== undefined) return message.routedIndex !== undefined && message.routedIndex < drainIndex
  return endedIndex === undefined || (message.index < ledger.leaveIndex && endedIndex > ledger.leaveIndex)
}

/** Whether the broker has it, or is bound to get it. */
export function isOnItsWay(ledger: Ledger, { publisher, index, routedIndex, refused }: PublishRecord): boolean {
  if (refused !== 'no') return false
  return routedIndex !== undefined || !ledger.hasLost(publisher, index)
}
