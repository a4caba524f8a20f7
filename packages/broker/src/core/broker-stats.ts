import type { ConnectedMember } from './connected-member.ts'
import type { BrokerStats, Counters } from './counters.ts'
import type { DropRow } from './overflow/drop-account.ts'
import type { Router } from './router.ts'

/** All figures of a broker: what it has counted, and what its parts hold now. */
export function brokerStats(
  counters: Counters,
  members: Iterable<ConnectedMember>,
  router: Router,
  departingMessages: number,
  drops: readonly DropRow[],
): BrokerStats {
  let count = 0
  let subscriptions = 0
  let queuedBytes = 0
  let queuedMessages = departingMessages
  for (const member of members) {
    count += 1
    subscriptions += member.subscriptions.size
    queuedBytes += member.outbox.queuedBytes
    queuedMessages += member.outbox.messages
  }
  return {
    ...counters,
    members: count,
    subscriptions,
    topics: router.topics.count,
    caches: router.caches.count,
    pendingRequests: router.waitingCount,
    queuedBytes,
    queuedMessages,
    drops,
  }
}
