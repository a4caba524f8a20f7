import { matches } from '@clusterbus/protocol'
import type { Ledger } from '../history/ledger.ts'
import type { PublishRecord, SubscriptionRecord } from '../history/records.ts'
import { keyOf, trustedDeliveries } from './trusted.ts'

/** A message goes to one member of a group: never to two, and once all is settled, always to one. */
export function checkGroups(ledger: Ledger): void {
  const byGroup = new Map<string, SubscriptionRecord[]>()
  for (const subscription of ledger.subscriptions) {
    const { group, responder } = subscription
    if (group === undefined || responder) continue
    const known = byGroup.get(group)
    if (known === undefined) byGroup.set(group, [subscription])
    else known.push(subscription)
  }
  for (const [group, subscriptions] of byGroup) checkGroup(ledger, group, subscriptions)
}

function checkGroup(ledger: Ledger, group: string, subscriptions: readonly SubscriptionRecord[]): void {
  const takenBy = new Map<string, number>()
  const got = new Set(subscriptions.flatMap(({ deliveries }) => deliveries.map(keyOf)))
  for (const subscription of subscriptions) {
    for (const delivery of trustedDeliveries(ledger, subscription)) {
      const key = keyOf(delivery)
      const other = takenBy.get(key)
      takenBy.set(key, subscription.id)
      if (other === undefined || other === subscription.id) continue
      ledger.violated('groups', delivery.index, `S${other} and S${subscription.id} of group ${group} both got ${key}`)
    }
  }
  // Before that, whoever was picked may have been about to leave.
  const settled = subscriptions.filter(({ endedIndex = Infinity }) => endedIndex > ledger.settledIndex)
  const isStable = settled.every(
    ({ member, overflowed, endedIndex = Infinity }) =>
      !overflowed && endedIndex > ledger.leaveIndex && !ledger.hasLost(member, ledger.settledIndex, ledger.leaveIndex),
  )
  if (!isStable || settled.some(({ member }) => ledger.isTainted(member))) return
  for (const { published } of ledger.members.values()) {
    for (const message of published) {
      if (!mustArrive(ledger, settled, message) || got.has(keyOf(message))) continue
      ledger.violated('groups', message.index, `nobody of group ${group} got ${keyOf(message)} on ${message.topic}`)
    }
  }
}

function mustArrive(ledger: Ledger, settled: readonly SubscriptionRecord[], message: PublishRecord): boolean {
  if (message.index < ledger.settledIndex || message.index > ledger.leaveIndex) return false
  if (ledger.hasLost(message.publisher, message.index)) return false
  return settled.some(
    ({ pattern, member }) => matches(pattern, message.topic) && (message.echo || member !== message.publisher),
  )
}
