import { BusError } from './errors.ts'

/** The bounds of a broker and of each bus. Every queue, table and buffer has its name here. */
export interface Limits {
  /** Largest encoded payload of one message, in bytes. */
  readonly payloadBytes: number
  /** Most bytes queued for one member that does not read as fast as it is written to. */
  readonly queuedBytes: number
  /** Most messages queued for one member, besides those that its link holds. */
  readonly memberMessages: number
  /** Most bytes that a bus keeps while it is not connected. */
  readonly keptBytes: number
  /** Most topics that a broker knows by number; further ones travel by name. */
  readonly topicNames: number
  /** Most subscriptions of one member, responders included. */
  readonly subscriptions: number
  /** Most members of one broker. */
  readonly members: number
  /** Most requests of one member that wait for a reply, and messages that wait to be confirmed. */
  readonly pendingRequests: number
  /** Most answers of `authorize` that a broker remembers of one member. */
  readonly accessAnswers: number
  /** Most messages that wait in one subscription for its handler or its iterator. */
  readonly queuedMessages: number
}

/** What holds when no limit is given. */
export const defaultLimits: Limits = Object.freeze({
  payloadBytes: 1024 * 1024,
  queuedBytes: 32 * 1024 * 1024,
  memberMessages: 1_000_000,
  keptBytes: 8 * 1024 * 1024,
  topicNames: 100_000,
  subscriptions: 100_000,
  members: 10_000,
  pendingRequests: 65_536,
  accessAnswers: 10_000,
  queuedMessages: 65_536,
})

/** No frame may be longer than its length field's sign-free half, whatever the limits say. */
export const largestLimit: number = 2 ** 31 - 1

/**
 * The defaults with the caller's own in their place.
 * Throws `BAD_OPTION` for a name that is no limit, and for a value that is no whole number from 1 to 2^31 - 1.
 */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  if (typeof given !== 'object' || given === null) {
    throw new BusError('BAD_OPTION', 'limits must be an object of numbers', { option: 'limits' })
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaultLimits, name)) {
      const known = Object.keys(defaultLimits).join(', ')
      throw new BusError('BAD_OPTION', `limits.${name} is not a limit; there are ${known}`, {
        option: `limits.${name}`,
      })
    }
    if (!Number.isInteger(value) || value < 1 || value > largestLimit) {
      const message = `limits.${name} must be a whole number from 1 to ${largestLimit}, not ${typeof value === 'number' ? value : typeof value}`
      throw new BusError('BAD_OPTION', message, { option: `limits.${name}` })
    }
  }
  return { ...defaultLimits, ...given }
}
