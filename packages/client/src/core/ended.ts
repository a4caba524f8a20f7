import { BusError } from '@clusterbus/protocol'

/** What a call gets from a bus that is closed. */
export function closedError(call: string, topic?: string): BusError {
  return new BusError('CLOSED', `${call}: the bus is closed`, topic === undefined ? {} : { topic })
}

/** What a call gets whose link was lost before it was answered. */
export function disconnectedError(call: string, cause: BusError, topic?: string): BusError {
  const fields = topic === undefined ? { cause } : { cause, topic }
  return new BusError('DISCONNECTED', `${call}: the link to the broker was lost: ${cause.message}`, fields)
}
