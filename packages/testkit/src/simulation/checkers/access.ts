import type { Ledger, MemberRecord } from '../history/ledger.ts'
import type { PublishRecord } from '../history/records.ts'
import { keyOf, trustedDeliveries } from './trusted.ts'

/** Nobody gets what its publisher may not publish, and its publisher hears of that. */
export function checkAccess(ledger: Ledger): void {
  for (const subscription of ledger.subscriptions) {
    for (const delivery of trustedDeliveries(ledger, subscription)) {
      const { publisher, topic, index } = delivery
      if (ledger.mayPublish(publisher, topic)) continue
      ledger.violated('access', index, `S${subscription.id} got ${keyOf(delivery)} on ${topic}, which is not allowed`)
    }
  }
  for (const member of ledger.members.values()) {
    if (member.tainted) continue
    for (const message of member.published) checkTold(ledger, member, message)
  }
}

/** Whoever waits hears of it by that; others before a flush comes through, once for each link. */
function checkTold(ledger: Ledger, { name, losses, denied }: MemberRecord, message: PublishRecord): void {
  const { topic, index, routedIndex, confirm } = message
  if (ledger.mayPublish(name, topic)) {
    if (confirm?.outcome?.code !== 'NOT_ALLOWED') return
    ledger.violated('access', index, `${keyOf(message)} on ${topic} is allowed, and was refused`)
  } else if (confirm !== undefined) {
    if (confirm.outcome?.confirmation === undefined) return
    ledger.violated('access', index, `${keyOf(message)} on ${topic} is not allowed, and was confirmed`)
  } else if (routedIndex !== undefined) {
    const since = losses.reduce((last, at) => (at < index ? Math.max(last, at) : last), -1)
    if (denied.some((told) => told.topic === topic && told.index > since && told.index < routedIndex)) return
    ledger.violated('access', index, `${name} was not told before its flush that ${topic} is not allowed`)
  }
}
