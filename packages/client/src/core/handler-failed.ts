import { BusError, describeThrown, quoted } from '@clusterbus/protocol'
import type { Message } from '../bus.ts'

/** A handler of ours threw or rejected: nothing that the publisher could know or do something about. */
export function handlerFailedError(pattern: string, message: Message, cause: unknown): BusError {
  const { topic, from } = message
  const { name, message: why } = describeThrown(cause)
  const text = `the handler of subscribe(${quoted(pattern)}) failed on a message on ${quoted(topic)}: ${name}: ${why}`
  return new BusError('HANDLER_FAILED', text, { topic, member: from, cause })
}
