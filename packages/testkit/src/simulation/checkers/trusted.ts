import { brokerId } from '@clusterbus/protocol'
import type { Ledger } from '../history/ledger.ts'
import type { DeliveryRecord, SubscriptionRecord } from '../history/records.ts'

/** The messages of a subscription that came from members whose bytes can be relied on, over links that can be. */
export function trustedDeliveries(ledger: Ledger, subscription: SubscriptionRecord): readonly DeliveryRecord[] {
  if (ledger.isTainted(subscription.member)) return []
  const { taintedIds } = ledger
  return subscription.deliveries.filter(({ from }) => from !== brokerId && !taintedIds.has(from))
}

/** What two records of the same message have in common. */
export function keyOf({ publisher, number }: { readonly publisher: string; readonly number: number }): string {
  return `${publisher} ${number}`
}
