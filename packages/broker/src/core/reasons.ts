import { BusError, type Member, quoted } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'

/** Why a member is disconnected whose queue holds too many bytes, or for too long. */
export function queueFull({ info, outbox, terms }: ConnectedMember, what: string): BusError {
  const { queuedBytes: limit } = terms
  const message = `${disconnected(info)}, because ${what}; limits.queuedBytes is ${limit}`
  return new BusError('QUEUE_FULL', message, { member: info.id, bytes: outbox.queuedBytes, limit })
}

/** Why a member is disconnected whose queue holds too many messages. */
export function tooManyMessages({ info, outbox, terms }: ConnectedMember): BusError {
  const { memberMessages: limit } = terms
  const what = `${outbox.messages} messages were queued for it; limits.memberMessages is ${limit}`
  return new BusError('QUEUE_FULL', `${disconnected(info)}, because ${what}`, { member: info.id, limit })
}

/** Why a member is disconnected that has said for too long that it is full. */
export function stayedFull(member: Member, stallMs: number): BusError {
  const what = `a subscription of it stayed full for ${stallMs} ms, while others waited`
  const advice = "give it another 'overflow' than 'block', or let it take more at a time"
  return new BusError('QUEUE_FULL', `${disconnected(member)}, because ${what}; ${advice}`, { member: member.id })
}

/** Why a member is disconnected that did not answer. */
export function stayedSilent(member: Member, silentMs: number): BusError {
  const what = `it did not answer for ${Math.round(silentMs)} ms; its process is stopped, or its event loop blocked`
  return new BusError('TIMEOUT', `${disconnected(member)}, because ${what}`, { member: member.id })
}

/** Why a member is disconnected that broke the protocol. */
export function violation(member: Member, cause: unknown): BusError {
  const code = cause instanceof BusError ? cause.code : 'BAD_FRAME'
  const message = cause instanceof Error ? cause.message : String(cause)
  return new BusError(code, `${disconnected(member)}: ${message}`, { member: member.id, cause })
}

function disconnected({ id, name }: Member): string {
  return `member ${id} (${quoted(name)}) was disconnected`
}

/** Nobody else can become a member: there are as many as there may be. */
export function tooManyMembers(limit: number): BusError {
  return new BusError('QUEUE_FULL', `the broker has ${limit} members already, which is limits.members`, { limit })
}

/** Why a member is gone whose bus has come over another link. */
export function joinedAnew(): BusError {
  return new BusError('DISCONNECTED', 'its bus has joined anew')
}
