import { matches } from '@clusterbus/protocol'

/** What every publisher publishes: all that a receiver needs to see loss, disorder, doubles, and what nobody said. */
export interface Numbered {
  /** The publisher's serial number. */
  readonly by: number
  /** Counts up for each publisher, across its topics. */
  readonly number: number
  /** Follows from the two above, so that nothing that was changed on its way passes. */
  readonly check: number
  readonly text: string
}

const repeating = ['load.red.one', 'load.red.two', 'load.blue', 'load.red.deep.down'] as const
/** Most that a publisher's number grows past the topic that a pattern is looked for in. */
const cycle = 50

/** Most topics repeat, and some are used once by each publisher. */
export function topicOf(number: number): string {
  return number % cycle === cycle - 1 ? `load.once.n${number}` : (repeating[number % repeating.length] ?? '')
}

export function numbered(by: number, number: number, text: string): Numbered {
  return { by, number, check: checkOf(by, number), text }
}

export function isNumbered(data: unknown): data is Numbered {
  if (typeof data !== 'object' || data === null) return false
  if (!('by' in data && 'number' in data && 'check' in data)) return false
  return data.check === checkOf(Number(data.by), Number(data.number))
}

/** The first number from `number` on that a publisher publishes to a topic that `pattern` matches. */
function nextFor(pattern: string, number: number): number {
  for (let next = number; next <= number + cycle; next += 1) if (matches(pattern, topicOf(next))) return next
  throw new RangeError(`nothing is ever published for ${pattern}`)
}

/** How many numbers from `from` to `until - 1` a publisher publishes to topics that `pattern` matches. */
export function countFor(pattern: string, from: number, until: number): number {
  let count = 0
  for (let next = nextFor(pattern, from); next < until; next = nextFor(pattern, next + 1)) count += 1
  return count
}

function checkOf(by: number, number: number): number {
  return Math.imul(Math.imul(by + 1, 0x9e37_79b1) ^ number, 0x85eb_ca6b) >>> 0
}
