import type { Ledger } from '../history/ledger.ts'
import { trustedDeliveries } from './trusted.ts'

/** A subscription sees the messages of each publisher in the order they were published, across topics, and none twice. */
export function checkPublisherOrder(ledger: Ledger): void {
  for (const subscription of ledger.subscriptions) {
    const last = new Map<string, number>()
    for (const { publisher, number, index } of trustedDeliveries(ledger, subscription)) {
      const before = last.get(publisher) ?? 0
      if (number === before)
        ledger.violated('duplicates', index, `S${subscription.id} got ${publisher} ${number} twice`)
      else if (number < before) {
        ledger.violated('order', index, `S${subscription.id} got ${publisher} ${number} after ${before}`)
      }
      last.set(publisher, number)
    }
  }
}
