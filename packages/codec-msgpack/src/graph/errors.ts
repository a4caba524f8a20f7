import { malformed } from '../scan.ts'
import { errorOwn } from './layout.ts'

/**
 * An error that arrived. It is of its own class where that is one of JavaScript's, else an `Error` of that name. Its
 * stack is its headline alone: where it was thrown is the sender's business, and where it was decoded helps nobody.
 */
export function newError(name: string, message: string): Error {
  const error = withoutStack(() => construct(name, message))
  if (error.name !== name) defineHidden(error, 'name', name)
  defineHidden(error, 'stack', message === '' ? name : `${name}: ${message}`)
  return error
}

/** Sets a field as it was with the sender: `cause` and `errors` hidden, others in sight. */
export function setErrorField(error: Error, key: string, value: unknown): void {
  if (key === 'cause' || key === 'errors') {
    defineHidden(error, key, value)
  } else if (errorOwn.has(key)) {
    throw malformed(`an error with a further field named ${key}`)
  } else {
    Object.defineProperty(error, key, { value, writable: true, enumerable: true, configurable: true })
  }
}

function construct(name: string, message: string): Error {
  if (name === 'AggregateError') return new AggregateError([], message)
  const Class = classes.find((known) => known.name === name) ?? Error
  return new Class(message)
}

const classes = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError] as const

/** Collecting a stack costs more than all the rest. */
function withoutStack<T>(create: () => T): T {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return create()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function defineHidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true })
}
