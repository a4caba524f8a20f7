import { assertOverflow, assertPattern, BusError, quoted } from '@clusterbus/protocol'
import type {
  ConfirmOptions,
  OnceOptions,
  PublishOptions,
  RequestOptions,
  RespondOptions,
  SubscribeOptions,
} from '../bus.ts'
import type { InvalidateOptions } from '../caching.ts'

const timeoutMaxMs = 2 ** 31 - 1

/** Whether the message is to be confirmed is what it tells apart. */
export function isConfirming(options: PublishOptions | ConfirmOptions, topic: string): options is ConfirmOptions {
  const call = `publish(${quoted(topic)})`
  assertOptions(options, call, ['headers', 'echo', 'confirm', 'timeout', 'signal'])
  assertBoolean(options.echo, 'echo', call)
  const { confirm, timeout, signal }: Partial<ConfirmOptions> = options
  if (confirm === undefined) {
    for (const [option, value] of Object.entries({ timeout, signal })) {
      if (value === undefined) continue
      throw badOption(option, `${call}: ${option} is only for a message that is confirmed; give confirm as well`)
    }
    return false
  }
  if (confirm !== 'routed' && confirm !== 'handled') {
    throw badOption('confirm', `${call}: confirm must be 'routed' or 'handled', not ${quoted(confirm)}`)
  }
  assertTimeout(timeout, call)
  assertSignal(signal, call)
  return true
}

export function subscribeOptions(pattern: string, handler: unknown, options: SubscribeOptions): void {
  assertPattern(pattern, 'subscribe')
  const call = `subscribe(${quoted(pattern)})`
  if (handler !== undefined && typeof handler !== 'function') {
    throw badOption('handler', `${call}: the handler must be a function, not ${nameOf(handler)}`)
  }
  assertOptions(options, call, ['group', 'max', 'signal', 'overflow', 'queuedMessages', 'queuedBytes', 'conflate'])
  assertGroup(options.group, call)
  assertSignal(options.signal, call)
  assertCount(options.max, 'max', call)
  assertCount(options.queuedMessages, 'queuedMessages', call)
  assertCount(options.queuedBytes, 'queuedBytes', call)
  assertOverflow(options, call)
}

export function onceOptions(pattern: string, options: OnceOptions): void {
  const call = `once(${quoted(pattern)})`
  assertPattern(pattern, 'once')
  assertOptions(options, call, ['timeout', 'signal'])
  assertTimeout(options.timeout, call)
  assertSignal(options.signal, call)
}

export function requestOptions(topic: string, options: RequestOptions): void {
  const call = `request(${quoted(topic)})`
  assertOptions(options, call, ['timeout', 'signal', 'headers'])
  assertTimeout(options.timeout, call)
  assertSignal(options.signal, call)
}

export function respondOptions(pattern: string, handler: unknown, options: RespondOptions): void {
  assertPattern(pattern, 'respond')
  const call = `respond(${quoted(pattern)})`
  if (pattern.startsWith('$')) {
    throw new BusError('NOT_ALLOWED', `${call}: topics that start with $ are the broker's`, { topic: pattern })
  }
  if (typeof handler !== 'function') {
    throw badOption('handler', `${call}: the handler must be a function, not ${nameOf(handler)}`)
  }
  assertOptions(options, call, ['group'])
  assertGroup(options.group, call)
}

export function invalidateOptions(name: string, options: InvalidateOptions): void {
  const call = `invalidate(${quoted(name)})`
  assertOptions(options, call, ['timeout', 'signal'])
  assertTimeout(options.timeout, call)
  assertSignal(options.signal, call)
}

export function holder(name: string, given: unknown): void {
  const isHolder =
    typeof given === 'object' &&
    given !== null &&
    'evict' in given &&
    typeof given.evict === 'function' &&
    'reset' in given &&
    typeof given.reset === 'function'
  if (!isHolder) throw badOption('holder', `holdCache(${quoted(name)}): the holder must have evict and reset`)
}

/** Throws `BAD_OPTION` for what is no object, and for a key that is no option: a misspelt one would do nothing. */
export function assertOptions(options: unknown, call: string, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw badOption('options', `${call}: the options must be an object, not ${nameOf(options)}`)
  }
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue
    throw badOption(option, `${call}: there is no option ${quoted(option)}; there are ${known.join(', ')}`)
  }
}

export function assertTimeout(timeout: unknown, call: string, option = 'timeout'): void {
  if (timeout === undefined) return
  if (typeof timeout === 'number' && timeout >= 0 && timeout <= timeoutMaxMs) return
  const message = `${call}: ${option} must be milliseconds from 0 to ${timeoutMaxMs}, not ${typeof timeout === 'number' ? timeout : nameOf(timeout)}`
  throw badOption(option, message)
}

function assertBoolean(value: unknown, option: string, call: string): void {
  if (value === undefined || typeof value === 'boolean') return
  throw badOption(option, `${call}: ${option} must be true or false, not ${nameOf(value)}`)
}

function assertCount(value: unknown, option: string, call: string): void {
  if (value === undefined) return
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 0xffff_ffff) return
  throw badOption(option, `${call}: ${option} must be a whole number from 1, not ${printed(value)}`)
}

function assertGroup(group: unknown, call: string): void {
  if (group === undefined) return
  if (typeof group === 'string' && group !== '' && group.isWellFormed() && Buffer.byteLength(group) <= 255) return
  throw badOption('group', `${call}: group must be a string of 1 to 255 bytes, not ${quoted(group)}`)
}

function assertSignal(signal: unknown, call: string): void {
  // By its shape, because one of another realm is as good.
  const isSignal = typeof signal === 'object' && signal !== null && 'aborted' in signal && 'addEventListener' in signal
  if (signal === undefined || isSignal) return
  throw badOption('signal', `${call}: signal must be an AbortSignal, not ${nameOf(signal)}`)
}

export function badOption(option: string, message: string): BusError {
  return new BusError('BAD_OPTION', message, { option })
}

function printed(value: unknown): string {
  return typeof value === 'number' ? String(value) : quoted(value)
}

function nameOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}
