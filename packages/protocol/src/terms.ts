import { BusError } from './errors.ts'
import { largestLimit, type Limits } from './limits.ts'
import { quoted } from './topics/topic.ts'

const policies = ['block', 'drop-oldest', 'drop-newest', 'disconnect'] as const

/**
 * What becomes of messages that a member does not take in time. `block`: whoever publishes them is held back, and the
 * member is disconnected when it makes no room. `drop-oldest`, `drop-newest`: messages are dropped, and nobody is held
 * back. `disconnect`: the member is disconnected at its limit, and nobody is held back before.
 */
export type OverflowPolicy = (typeof policies)[number]

/** `topic`: of the messages that wait, only the newest of each topic is kept. */
export type Conflation = 'topic'

/** What a bus asks for itself, or a broker gives to those that ask for nothing. */
export interface OverflowOptions {
  readonly overflow?: OverflowPolicy
  readonly conflate?: Conflation
}

/** The terms as a member tells them: what it leaves out, the broker decides. */
export interface ToldTerms extends OverflowOptions, Partial<Pick<Limits, 'queuedBytes' | 'memberMessages'>> {}

/** Throws `BAD_OPTION` unless both are what they may be, or `undefined`. */
export function assertOverflow({ overflow, conflate }: OverflowOptions, call: string): void {
  for (const [option, fault] of [
    ['overflow', overflowFault(overflow)],
    ['conflate', conflateFault(conflate)],
  ] as const) {
    if (fault !== undefined) throw new BusError('BAD_OPTION', `${call}: ${fault}`, { option })
  }
}

/** What is wrong with terms that somebody told: a name or a value that there is not; `undefined` if they are good. */
export function termsFault(terms: object): string | undefined {
  for (const [name, value] of Object.entries(terms)) {
    const fault = termFault(name, value)
    if (fault !== undefined) return fault
  }
  return undefined
}

function termFault(name: string, value: unknown): string | undefined {
  if (name === 'overflow') return overflowFault(value)
  if (name === 'conflate') return conflateFault(value)
  if (name !== 'queuedBytes' && name !== 'memberMessages') {
    return `${quoted(name)} is unknown`
  }
  const isLimit = Number.isInteger(value) && Number(value) >= 1 && Number(value) <= largestLimit
  return isLimit ? undefined : `${name} is ${shown(value)}, and not a whole number from 1 to ${largestLimit}`
}

function overflowFault(value: unknown): string | undefined {
  const known: readonly unknown[] = policies
  if (value === undefined || known.includes(value)) return undefined
  return `overflow must be 'block', 'drop-oldest', 'drop-newest' or 'disconnect', not ${shown(value)}`
}

function conflateFault(value: unknown): string | undefined {
  return value === undefined || value === 'topic' ? undefined : `conflate must be 'topic', not ${shown(value)}`
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : quoted(value)
}
