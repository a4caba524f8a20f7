import type { Ledger } from '../history/ledger.ts'
import type {
  ConfirmOutcome,
  ConfirmRecord,
  DeliveryRecord,
  PublishRecord,
  SubscriptionRecord,
} from '../history/records.ts'
import { hasTimedOut } from './timeout.ts'
import { knownMatch } from './known-matches.ts'
import { keyOf, trustedDeliveries } from './trusted.ts'

interface Got {
  readonly subscription: SubscriptionRecord
  readonly delivery: DeliveryRecord
}

/** What a publisher hears of its message is what became of it, and no sooner than that. */
export function checkConfirmations(ledger: Ledger): void {
  const waits = [...ledger.members.values()].flatMap(({ published }) => published.filter(({ confirm }) => confirm))
  if (waits.length === 0) return
  const gotBy = new Map<string, Got[]>(waits.map((message) => [keyOf(message), []]))
  for (const subscription of ledger.subscriptions) {
    for (const delivery of trustedDeliveries(ledger, subscription))
      gotBy.get(keyOf(delivery))?.push({ subscription, delivery })
  }
  for (const message of waits) {
    const { confirm, publisher } = message
    const outcome = confirm?.outcome
    if (confirm === undefined || outcome === undefined || ledger.isTainted(publisher)) continue
    const got = gotBy.get(keyOf(message)) ?? []
    const fault =
      outcome.confirmation === undefined
        ? failureFault(ledger, message, confirm, outcome, got)
        : confirmationFault(ledger, message, confirm.mode, outcome, got)
    if (fault !== undefined) ledger.violated('confirmations', outcome.index, `${keyOf(message)} ${fault}`)
  }
}

function failureFault(
  ledger: Ledger,
  { publisher, index }: PublishRecord,
  confirm: ConfirmRecord,
  outcome: ConfirmOutcome,
  got: readonly Got[],
): string | undefined {
  switch (outcome.code) {
    case 'TIMEOUT':
      return hasTimedOut(confirm, outcome.at) ? undefined : 'timed out early'
    case 'ABORTED':
      return confirm.aborted ? undefined : 'was aborted by nobody'
    case 'DISCONNECTED':
      return ledger.hasLost(publisher, index, outcome.index) ? undefined : 'failed with a link that stood'
    case 'CLOSED':
      return ledger.members.get(publisher)?.endingIndex === undefined ? 'failed with a bus that was open' : undefined
    case 'QUEUE_FULL':
    case 'PAYLOAD_TOO_LARGE':
    case 'NOT_ALLOWED':
      return got.length > 0 ? `was refused with ${outcome.code}, and S${got[0]?.subscription.id} got it` : undefined
    default:
      return `ended with ${outcome.code}`
  }
}

function confirmationFault(
  ledger: Ledger,
  message: PublishRecord,
  mode: ConfirmRecord['mode'],
  { index, confirmation }: ConfirmOutcome,
  got: readonly Got[],
): string | undefined {
  if (confirmation === undefined) return undefined
  const { members, delivered, failed, gone } = confirmation
  if (delivered + failed + gone !== members) return `was confirmed with a wrong sum: ${JSON.stringify(confirmation)}`
  if (mode === 'routed' && delivered !== members) return `was routed and not delivered: ${JSON.stringify(confirmation)}`
  const sure = new Set(sureTakers(ledger, message, index))
  if (members < sure.size) return `went to ${members} members, and ${sure.size} had subscribed: ${[...sure].join(', ')}`
  if (mode === 'routed') return undefined
  const standing = got.filter(({ subscription: { member } }) => stands(ledger, member, message))
  for (const { subscription, delivery } of standing) {
    if (delivery.settledIndex !== undefined && delivery.settledIndex <= index) continue
    return `was handled before S${subscription.id} of ${subscription.member} was through with it`
  }
  const failing = new Set(
    standing.flatMap(({ subscription, delivery }) => (delivery.failed ? [subscription.member] : [])),
  )
  if (failed < failing.size) return `has failed in ${failed} members, but it did in ${[...failing].join(', ')}`
  return goneFault(ledger, gone)
}

function goneFault(ledger: Ledger, gone: number): string | undefined {
  if (gone === 0) return undefined
  for (const { losses, endingIndex, tainted } of ledger.members.values()) {
    if (losses.length > 0 || endingIndex !== undefined || tainted) return undefined
  }
  return `was lost with ${gone} members, and nobody is gone`
}

/** Members that were bound to be given it. */
function sureTakers(ledger: Ledger, message: PublishRecord, untilIndex: number): string[] {
  const { topic, echo, publisher, index } = message
  return ledger.subscriptions
    .filter(
      ({ responder, group, max, pattern, member, establishedIndex = Infinity, endedIndex = Infinity, drainIndex }) =>
        !responder &&
        group === undefined &&
        max === 0 &&
        knownMatch(pattern, topic) &&
        (echo || member !== publisher) &&
        establishedIndex < index &&
        endedIndex > untilIndex &&
        (drainIndex ?? Infinity) > untilIndex &&
        stands(ledger, member, message),
    )
    .map(({ member }) => member)
}

/** Whether the member has been there from when the message was published, and cannot have been given up meanwhile. */
function stands(ledger: Ledger, member: string, { index }: PublishRecord): boolean {
  const { endingIndex = Infinity } = ledger.members.get(member) ?? {}
  const hasEnded = endingIndex < ledger.leaveIndex
  return !ledger.isTainted(member) && !ledger.hasLost(member, index) && !hasEnded
}
