import type { Member } from '../cluster/member.ts'

/** Drains the bus: what was routed before still reaches its handlers. */
export function drainBus(member: Member): Promise<void> {
  member.isEnding = true
  const end = member.begin('drains its bus')
  const index = member.world.history.lines.length - 1
  member.record.endingIndex ??= index
  for (const subscription of standingOf(member)) {
    subscription.drainIndex ??= index
    subscription.endReason ??= 'drain'
  }
  return member.bus.drain().then(end)
}

/** Closes the bus: nothing reaches its handlers any more. */
export function closeBus(member: Member): Promise<void> {
  member.isEnding = true
  const end = member.begin('closes its bus')
  const index = member.world.history.lines.length - 1
  member.record.endingIndex ??= index
  for (const subscription of standingOf(member)) {
    if (subscription.drainIndex !== undefined) subscription.isCutShort = true
    // An iterator that is being drained, or has had its `max`, may still be read to its end.
    if (subscription.drainIndex !== undefined || subscription.max > 0) continue
    subscription.endedIndex = index
    subscription.endReason = 'bus'
  }
  return member.bus.close().then(end)
}

function standingOf(member: Member): Member['world']['ledger']['subscriptions'] {
  const { subscriptions } = member.world.ledger
  return subscriptions.filter(({ member: name, endedIndex }) => name === member.name && endedIndex === undefined)
}
