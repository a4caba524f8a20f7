import { BusError, quoted } from '@clusterbus/protocol'

/** What a call gets from a bus that is closed. */
export function closedError(call: string, topic?: string): BusError {
  return new BusError('CLOSED', `${call}: the bus is closed`, topic === undefined ? {} : { topic })
}

/** What a call gets whose link was lost before it was answered. */
export function disconnectedError(call: string, cause: BusError, topic?: string): BusError {
  const fields = topic === undefined ? { cause } : { cause, topic }
  return new BusError('DISCONNECTED', `${call}: the link to the broker was lost: ${cause.message}`, fields)
}

/** What a bus reports that could not send all that was published before it closed. */
export function unsentError(bytes: number, cause: unknown): BusError {
  const code = cause === undefined ? 'DISCONNECTED' : 'BROKER_UNREACHABLE'
  const message = `close: ${bytes} bytes that were published could not be sent; await drain() or flush() first`
  return new BusError(code, message, cause === undefined ? { bytes } : { bytes, cause })
}

/** What becomes of messages that were kept for a broker that takes only shorter ones. */
export function oversizedError(lost: number, limit: number): BusError {
  const message = `what was kept is over the broker's payload limit of ${limit} bytes, and was dropped`
  return new BusError('PAYLOAD_TOO_LARGE', message, { lost, limit })
}

/** Why a bus whose subscription is full leaves its broker. */
export function overrunError(pattern: string): BusError {
  const message = `the subscription to ${quoted(pattern)} is full, and its overflow is 'disconnect': the bus joins anew`
  return new BusError('QUEUE_FULL', message, { topic: pattern })
}
