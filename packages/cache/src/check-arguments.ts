import { BusError } from '@clusterbus/client'

const timeoutMaxMs = 2 ** 31 - 1

/** Throws `BAD_OPTION` for what is no object, and for a key that is no option: a misspelt one would do nothing. */
export function assertOptions(options: unknown, call: string, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw badArgument('options', `${call}: the options must be an object, not ${shown(options)}`)
  }
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue
    throw badArgument(option, `${call}: there is no option ${shown(option)}; there are ${known.join(', ')}`)
  }
}

export function assertCount(value: unknown, option: string, call: string, most: number): void {
  if (value === undefined) return
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return
  throw badArgument(option, `${call}: ${option} must be a whole number from 1 to ${most}, not ${shown(value)}`)
}

export function assertFunction(value: unknown, option: string, call: string): void {
  if (typeof value === 'function') return
  throw badArgument(option, `${call}: ${option} must be a function, not ${shown(value)}`)
}

export function assertOneOf(value: unknown, option: string, call: string, words: readonly string[]): void {
  if (value === undefined || (typeof value === 'string' && words.includes(value))) return
  const list = words.map((word) => `'${word}'`).join(' or ')
  throw badArgument(option, `${call}: ${option} must be ${list}, not ${shown(value)}`)
}

/** Milliseconds that an entry lives: whole ones, as lru-cache wants them. */
export function assertTtl(value: unknown, option: string, call: string): void {
  assertCount(value, option, call, timeoutMaxMs)
}

export function assertTimeout(value: unknown, call: string): void {
  if (value === undefined) return
  if (typeof value === 'number' && value >= 0 && value <= timeoutMaxMs) return
  throw badArgument('timeout', `${call}: timeout must be milliseconds from 0 to ${timeoutMaxMs}, not ${shown(value)}`)
}

export function assertSignal(signal: unknown, call: string): void {
  // By its shape, because one of another realm is as good.
  const isSignal = typeof signal === 'object' && signal !== null && 'aborted' in signal && 'addEventListener' in signal
  if (signal === undefined || isSignal) return
  throw badArgument('signal', `${call}: signal must be an AbortSignal, not ${shown(signal)}`)
}

export function badArgument(option: string, message: string): BusError {
  return new BusError('BAD_OPTION', message, { option })
}

/** A value, safe to print: text quoted, escaped, and cut to a length that a log can bear. */
export function shown(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return value === null ? 'null' : typeof value
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
}
