import type { Ledger } from '../history/ledger.ts'
import type { PublishRecord, SubscriptionRecord } from '../history/records.ts'
import { knownMatch } from './known-matches.ts'
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
  checkWork(ledger)
}

/** Where only topics are conflated, messages of groups are never dropped at the broker: they are work. */
function checkWork(ledger: Ledger): void {
  for (const { name, slow, dropsWork, tainted } of ledger.members.values()) {
    if (slow.length === 0 || dropsWork || tainted) continue
    const others = new Set<string>()
    for (const { member, group, pattern } of ledger.subscriptions) {
      if (member === name && group === undefined) others.add(pattern)
    }
    // Without a topic it is said to all, and without another subscription of that pattern it is said to that of a group.
    const told = slow.find(({ where, topic, pattern }) => where === 'broker' && topic !== '' && !others.has(pattern))
    if (told === undefined) continue
    ledger.violated('groups', told.index, `${name} was given work on ${told.pattern} that was dropped at the broker`)
  }
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
    ({ member, endedIndex = Infinity }) =>
      endedIndex > ledger.leaveIndex && !ledger.hasLost(member, ledger.settledIndex, ledger.leaveIndex),
  )
  if (!isStable || settled.some(({ member }) => ledger.isTainted(member))) return
  const missing = [...ledger.members.values()].flatMap(({ published }) =>
    published.filter((message) => mustArrive(ledger, settled, message) && !got.has(keyOf(message))),
  )
  const [first] = missing
  if (first === undefined) return
  const places = new Map(settled.map(({ member, pattern }) => [`${member} ${pattern}`, ledger.told(member, pattern)]))
  const told = [...places.values()].reduce((sum, count) => sum + count, 0)
  if (missing.length <= told) return
  const text = `nobody of group ${group} got ${missing.length} messages, and ${told} were told missing; the first is`
  ledger.violated('groups', first.index, `${text} ${keyOf(first)} on ${first.topic}`)
}

function mustArrive(ledger: Ledger, settled: readonly SubscriptionRecord[], message: PublishRecord): boolean {
  if (message.index < ledger.settledIndex || message.index > ledger.leaveIndex) return false
  if (message.refused !== 'no' || ledger.hasLost(message.publisher, message.index)) return false
  return settled.some(
    ({ pattern, member }) => knownMatch(pattern, message.topic) && (message.echo || member !== message.publisher),
  )
}
