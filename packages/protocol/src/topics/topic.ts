import { BusError } from '../errors.ts'

/** Longest topic or pattern, in UTF-8 bytes. */
export const topicBytesMax = 255
/** Most tokens in a topic or pattern. */
export const topicTokensMax = 16

const forbidden = /[\s\p{Cc}]/u

/**
 * Checks the topic of the call named `call`: 1 to 16 tokens joined by dots, at most 255 bytes, no empty token, no
 * white space, no control character, no wildcard. Throws `BAD_TOPIC`, or `NOT_ALLOWED` for a topic that starts with
 * `$`, which only the broker may publish.
 */
export function assertTopic(topic: string, call: string): void {
  const fault = topicFault(topic)
  if (fault !== undefined) throw badTopic(call, 'topic', topic, fault)
  if (isReserved(topic)) {
    const message = `${call}: ${quoted(topic)} is reserved, because it starts with $; choose a topic that does not`
    throw new BusError('NOT_ALLOWED', message, { topic })
  }
}

/** Checks a pattern: a topic in which `*` may stand for one token and a last `>` for one or more. Throws `BAD_TOPIC`. */
export function assertPattern(pattern: string, call: string): void {
  const fault = patternFault(pattern)
  if (fault !== undefined) throw badTopic(call, 'pattern', pattern, fault)
}

/** Whether the topic belongs to the broker. A leading wildcard does not match such a topic; `$sys.>` does. */
export function isReserved(topic: string): boolean {
  return topic.charCodeAt(0) === 36
}

/** Whether the pattern matches more than the one topic that it spells. */
export function isWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('>')
}

/** What is wrong with a topic that is to be published, or `undefined` when it is fine. */
export function topicFault(topic: unknown): string | undefined {
  const fault = patternFault(topic)
  if (fault !== undefined) return fault
  return isWildcard(String(topic)) ? 'is a pattern; only a subscription may use * and >' : undefined
}

/** What is wrong with a pattern, or `undefined` when it is fine. */
export function patternFault(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string') return 'is not a string'
  if (pattern === '') return 'is empty'
  if (pattern.length > topicBytesMax || Buffer.byteLength(pattern) > topicBytesMax) {
    return `is longer than ${topicBytesMax} bytes`
  }
  if (forbidden.test(pattern)) return 'contains white space or a control character'
  if (!pattern.isWellFormed()) return 'contains half of a surrogate pair'
  const tokens = pattern.split('.')
  if (tokens.length > topicTokensMax) return `has more than ${topicTokensMax} tokens`
  for (const [index, token] of tokens.entries()) {
    if (token === '') return 'contains an empty token'
    if (token === '>' && index < tokens.length - 1) return 'has > before its last token'
    if (token.length > 1 && isWildcard(token)) return 'mixes a wildcard with other characters in one token'
  }
  return undefined
}

/** Text that came from somewhere, safe to print: quoted, escaped, and cut to a length that a log can bear. */
export function quoted(text: unknown): string {
  if (typeof text !== 'string') return text === null ? 'null' : typeof text
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return JSON.stringify(short).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function badTopic(call: string, kind: 'topic' | 'pattern', topic: unknown, fault: string): BusError {
  if (typeof topic === 'string')
    return new BusError('BAD_TOPIC', `${call}: the ${kind} ${quoted(topic)} ${fault}`, { topic })
  return new BusError('BAD_TOPIC', `${call}: the ${kind} must be a string, not ${quoted(topic)}`)
}
