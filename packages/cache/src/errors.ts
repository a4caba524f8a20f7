import { BusError } from '@clusterbus/client'

export function closedError(call: string): BusError {
  return new BusError('CLOSED', `${call}: the cache is closed`)
}

export function abortedError(call: string, signal: AbortSignal): BusError {
  return new BusError('ABORTED', `${call}: aborted`, { cause: signal.reason })
}

/** What a loader gets that would wait for itself. */
export function ownLoadError(call: string): BusError {
  const message = `${call}: the loader of this key has called fetch for it, and would wait for itself`
  return new BusError('NOT_ALLOWED', message)
}
