import { BusError, describeThrown, quoted, type SchemaIssue } from '@clusterbus/protocol'
import type { Schema } from '../../schemas.ts'
import { isThenable } from '../running-handlers.ts'

/** Where data is held against its schema, for messages about it. */
export interface Place {
  readonly side: 'sending' | 'arriving'
  /** The call that was given the data, or what has arrived. */
  readonly call: string
  readonly topic: string
}

/** Issues that a message names; the error has them all. */
const namedMax = 3

/**
 * What a schema makes of a value. Throws `UNENCODABLE` where it is sent, `UNDECODABLE` where it has arrived: with its
 * issues if the schema refuses it, without when the schema does not work.
 */
export function validated(schema: Schema, value: unknown, place: Place): unknown {
  const outcome = outcomeOf(schema, value)
  if ('value' in outcome) return outcome.value
  const { side, call, topic } = place
  const name = side === 'sending' ? `${call}(${quoted(topic)})` : `a ${call} on ${quoted(topic)}`
  const what = call === 'respond' || call === 'reply' ? 'the answer' : 'the data'
  const code = side === 'sending' ? 'UNENCODABLE' : 'UNDECODABLE'
  const { why, ...fields } = outcome
  throw new BusError(code, `${name}: ${what} is not valid: its schema ${why}`, { topic, ...fields })
}

type Outcome =
  | { readonly value: unknown }
  | { readonly why: string; readonly issues?: readonly SchemaIssue[]; readonly cause?: unknown }

function outcomeOf(schema: Schema, value: unknown): Outcome {
  try {
    const result: unknown = schema['~standard'].validate(value)
    if (isThenable(result)) {
      // Nobody waits for it, so nobody else would hear of its rejection.
      result.then(undefined, () => undefined)
      return { why: 'answers with a promise, and this call cannot wait; use a schema without asynchronous parts' }
    }
    if (typeof result !== 'object' || result === null) return { why: 'has given no result' }
    const issues: unknown = 'issues' in result ? result.issues : undefined
    if (issues !== undefined) return refused(issues)
    return 'value' in result ? { value: result.value } : { why: 'has given neither a value nor issues' }
  } catch (cause) {
    const { name, message } = describeThrown(cause)
    return { why: `has thrown ${name}: ${message}`, cause }
  }
}

function refused(issues: unknown): Outcome {
  if (!Array.isArray(issues)) return { why: 'refuses it with issues that are no list' }
  const named = issues.slice(0, namedMax).map(textOf)
  const more = issues.length > namedMax ? `; and ${issues.length - namedMax} more` : ''
  return { why: `refuses it: ${named.join('; ')}${more}`, issues: [...issues] }
}

function textOf(issue: unknown): string {
  if (typeof issue !== 'object' || issue === null) return describeThrown(issue).message
  const path = 'path' in issue && Array.isArray(issue.path) ? issue.path.map(tokenOf).join('.') : ''
  const message = quoted('message' in issue ? issue.message : undefined)
  return path === '' ? message : `${quoted(path)} ${message}`
}

function tokenOf(token: unknown): string {
  const isSegment = typeof token === 'object' && token !== null && 'key' in token
  return describeThrown(isSegment ? token.key : token).message
}
