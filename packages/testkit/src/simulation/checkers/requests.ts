import type { Ledger } from '../history/ledger.ts'
import type { HandledRecord, RequestOutcome, RequestRecord } from '../history/records.ts'
import { hasTimedOut } from './timeout.ts'
import { knownMatch } from './known-matches.ts'

/** Each request reaches one responder at most, and ends for a reason that there was. */
export function checkRequests(ledger: Ledger): void {
  const handled = new Map<string, HandledRecord>()
  for (const record of ledger.handled) {
    const { key, topic, pattern, responder, index } = record
    if (ledger.isTainted(responder) || ledger.isTainted(requesterOf(key))) continue
    if (handled.has(key)) ledger.violated('requests', index, `${key} reached a second responder`)
    handled.set(key, record)
    if (!knownMatch(pattern, topic)) ledger.violated('requests', index, `${key} on ${topic} reached ${pattern}`)
  }
  for (const request of ledger.requests) {
    if (request.outcome === undefined || ledger.isTainted(request.requester)) continue
    const fault = faultOf(ledger, request, request.outcome, handled.get(request.key))
    if (fault !== undefined) ledger.violated('requests', request.outcome.index, `${request.key} ${fault}`)
  }
}

function requesterOf(key: string): string {
  return key.split('/')[0] ?? ''
}

function faultOf(
  ledger: Ledger,
  request: RequestRecord,
  { reply, code, at, index }: RequestOutcome,
  handled: HandledRecord | undefined,
): string | undefined {
  switch (code) {
    case undefined:
      return replyFault(ledger, request, reply, handled)
    case 'TIMEOUT':
      return hasTimedOut(request, at) ? undefined : 'timed out early'
    case 'ABORTED':
      return request.aborted ? undefined : 'was aborted by nobody'
    case 'UNDECODABLE':
    case 'UNKNOWN_CODEC':
      return ledger.isAnybodyTainted ? undefined : `ended with ${code}`
    case 'REMOTE_ERROR':
      return handled !== undefined || ledger.isAnybodyTainted ? undefined : 'failed where nobody had it'
    case 'NO_RESPONDERS':
      return hadResponder(ledger, request, index) ? 'found nobody, though somebody answers' : undefined
    case 'RESPONDER_LOST':
      return isAnybodyGone(ledger) ? undefined : 'lost its responder, and nobody is gone'
    case 'DISCONNECTED':
      return ledger.hasLost(request.requester, -1, index) ? undefined : 'failed with a link that stood'
    case 'CLOSED':
    case 'DRAINING':
      return isEnded(ledger, request) ? undefined : 'failed with a bus that was open'
    case 'QUEUE_FULL':
    case 'PAYLOAD_TOO_LARGE':
      return undefined
    default:
      return `ended with ${code}`
  }
}

function replyFault(
  ledger: Ledger,
  { key, topic }: RequestRecord,
  reply: unknown,
  handled: HandledRecord | undefined,
): string | undefined {
  if (reply === 'forged') return 'was answered by somebody who was not asked'
  const { key: replied, by } = Object(reply)
  if (handled === undefined) {
    return ledger.isAnybodyTainted ? undefined : `was answered by ${String(by)}, who never had it`
  }
  if (replied !== key) return `got the answer to ${String(replied)}`
  if (by !== handled.responder) return `was answered by ${String(by)}, but ${handled.responder} had it`
  return handled.topic === topic ? undefined : `was handled on ${handled.topic}`
}

/** Whether somebody answered that topic all the time. Before all is settled, whoever was picked may just have left. */
function hadResponder(ledger: Ledger, { topic, index }: RequestRecord, untilIndex: number): boolean {
  if (index < ledger.settledIndex) return false
  return ledger.subscriptions.some(
    ({ responder, pattern, member, establishedIndex = Infinity, endedIndex = Infinity }) =>
      responder &&
      knownMatch(pattern, topic) &&
      establishedIndex < index &&
      endedIndex > untilIndex &&
      !ledger.hasLost(member, index, untilIndex) &&
      !ledger.isTainted(member),
  )
}

/** A link may be gone for the broker before its member knows. */
function isAnybodyGone(ledger: Ledger): boolean {
  for (const { losses, closed, crashed, tainted } of ledger.members.values()) {
    if (closed || crashed || tainted || losses.length > 0) return true
  }
  return false
}

function isEnded(ledger: Ledger, { requester }: RequestRecord): boolean {
  return ledger.members.get(requester)?.closed === true
}
