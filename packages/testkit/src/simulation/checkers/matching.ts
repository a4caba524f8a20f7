import { brokerId } from '@clusterbus/protocol'
import type { Ledger } from '../history/ledger.ts'
import type { DeliveryRecord, SubscriptionRecord } from '../history/records.ts'
import { knownMatch } from './known-matches.ts'
import { trustedDeliveries } from './trusted.ts'

/** Nothing arrives that was not published so, does not match, or comes after the end. */
export function checkMatching(ledger: Ledger): void {
  for (const subscription of ledger.subscriptions) {
    if (ledger.isTainted(subscription.member)) continue
    for (const delivery of subscription.deliveries) {
      const fault = placeFault(subscription, delivery)
      if (fault !== undefined) ledger.violated('matching', delivery.index, `S${subscription.id} got what ${fault}`)
    }
    for (const delivery of trustedDeliveries(ledger, subscription)) {
      const fault = originFault(ledger, subscription, delivery)
      if (fault !== undefined) ledger.violated('matching', delivery.index, `S${subscription.id} got what ${fault}`)
    }
    const { max, deliveries } = subscription
    const last = deliveries.at(-1)
    if (max > 0 && deliveries.length > max && last !== undefined) {
      ledger.violated('matching', last.index, `S${subscription.id} got more than its ${max} messages`)
    }
  }
}

function placeFault(subscription: SubscriptionRecord, { topic, from, index }: DeliveryRecord): string | undefined {
  const { pattern, endedIndex = Infinity, endReason } = subscription
  if (!knownMatch(pattern, topic)) return `does not match ${pattern}`
  if (topic.startsWith('$') !== (from === brokerId)) return `only the broker may say`
  if (index > endedIndex && (endReason === 'unsubscribe' || endReason === 'bus')) return 'came after it had ended'
  return undefined
}

function originFault(
  ledger: Ledger,
  subscription: SubscriptionRecord,
  { publisher, number, topic, from, index }: DeliveryRecord,
): string | undefined {
  const origin = ledger.members.get(publisher)
  const message = origin?.published[number - 1]
  if (origin === undefined || message === undefined || message.index > index) return 'nobody had published'
  if (message.topic !== topic) return `was published to ${message.topic}`
  if (!message.echo && publisher === subscription.member) return 'was published without echo'
  if (!origin.ids.has(from)) return `says that it is from ${from}, which ${publisher} never was`
  return undefined
}
