import type { BusError } from '@clusterbus/protocol'
import { oversizedError } from './ended.ts'
import type { Outgoing } from './outgoing.ts'
import type { PendingRequests } from './pending-requests.ts'
import type { Registry } from './registry.ts'

/**
 * Shortens a log that no link has taken to what a broker must hear that takes payloads of `payloadBytes`. Whoever waits
 * for an answer to what is too long hears of it; returns the error for what nobody waits for.
 */
export function prune(
  outgoing: Outgoing,
  pending: PendingRequests,
  registry: Registry,
  payloadBytes: number,
): BusError | undefined {
  const isRegistered = (id: number): boolean => registry.get(id) !== undefined
  const tooLarge = outgoing.prune({ payloadBytes, isPending: pending.isPending, isRegistered })
  const lost = tooLarge.filter((number) => number === 0).length
  const error = oversizedError(lost, payloadBytes)
  for (const number of tooLarge) pending.settle(number, error, true)
  return lost > 0 ? error : undefined
}
