import type { BrokerStats } from '@clusterbus/broker/core'
import type { SimulatedConnection } from '../cluster/connection.ts'
import type { Member } from '../cluster/member.ts'
import type { Tally } from '../cluster/tally.ts'
import type { History } from '../history/history.ts'
import type { Ledger } from '../history/ledger.ts'

interface Records {
  readonly history: History
  readonly ledger: Ledger
}

/** Whatever a broker has queued for anybody was taken by a link, dropped, lost, or is still queued; at any time. */
export function checkAccount(
  { history, ledger }: Records,
  { delivered, dropped, lost, queuedMessages, drops }: BrokerStats,
  connections: ReadonlySet<SimulatedConnection>,
): void {
  const index = history.lines.length - 1
  let taken = 0
  for (const { tally } of connections) taken += tally.messages
  if (delivered !== taken + dropped + lost + queuedMessages) {
    const parts = JSON.stringify({ taken, dropped, lost, queuedMessages })
    ledger.violated('account', index, `the broker has queued ${delivered} messages, and of those are ${parts}`)
  }
  let inRows = 0
  for (const { messages } of drops) inRows += messages
  if (inRows !== dropped) ledger.violated('account', index, `${dropped} were dropped, and ${inRows} are in the rows`)
}

/** When nothing is on its way, each member has been told of all that was dropped for it, topic by topic. */
export function checkTold({ history, ledger }: Records, stats: BrokerStats, members: readonly Member[]): void {
  const index = history.lines.length - 1
  for (const { name, bus, connection, missedBefore, record } of members) {
    const { missed, dropped } = bus.stats()
    const told = record.slow.reduce((sum, event) => (event.where === 'subscription' ? sum + event.dropped : sum), 0)
    if (told !== dropped) {
      ledger.violated('account', index, `subscriptions of ${name} have dropped ${dropped}, and told of ${told}`)
    }
    if (connection?.memberId === undefined || connection.damage !== undefined || record.tainted) continue
    const { tally, memberId } = connection
    const fault = toldFault(tally, stats, memberId)
    if (fault !== undefined) ledger.violated('account', index, `${name}, member ${memberId}, ${fault}`)
    const heard = missed - missedBefore
    const said = sumOf(tally.missing)
    if (heard !== said) ledger.violated('account', index, `${name} has counted ${heard} missing, and was told ${said}`)
  }
}

function toldFault({ missing }: Tally, { drops }: BrokerStats, memberId: number): string | undefined {
  const byTopic = new Map<string, number>()
  for (const { member, topic, messages } of drops) {
    if (member === memberId) byTopic.set(topic, (byTopic.get(topic) ?? 0) + messages)
  }
  const dropped = sumOf(byTopic)
  const told = sumOf(missing)
  if (told !== dropped) return `was told of ${told} missing messages, and ${dropped} were dropped for it`
  if (missing.has('') || byTopic.has('')) return undefined
  for (const [topic, messages] of byTopic) {
    const toldOf = missing.get(topic) ?? 0
    if (toldOf !== messages) return `was told of ${toldOf} missing on ${topic}, and ${messages} were dropped for it`
  }
  return undefined
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const count of counts.values()) sum += count
  return sum
}
