import type { BusError } from '@clusterbus/protocol'
import { describeThrown, layout, write } from '@clusterbus/protocol'
import type { Outcome } from './local-responder.ts'
import type { Outgoing } from './outgoing.ts'
import type { Payloads } from './payloads.ts'

/** Whom a reply is for: a member, and its number for the request. */
export interface Requester {
  readonly member: number
  readonly request: number
}

/** Writes the answer of a handler: its value, or how it failed. A value that its schema refuses or that cannot be encoded is a failure too. */
export function replyTo(
  outgoing: Outgoing,
  requester: Requester,
  topic: string,
  outcome: Outcome,
  payloads: Payloads,
): void {
  if (outcome.failed) return writeFailure(outgoing, requester, layout.flagFailed, describe(outcome.value))
  try {
    const { codec, encoded } = payloads.encodeReply(outcome.value, topic)
    const payload = typeof encoded === 'string' ? Buffer.from(encoded) : encoded
    // Encoding may have run code of the app, and that may have said something, which comes first.
    write.writeReply(outgoing.writer, {
      flags: 0,
      codec,
      requester: requester.member,
      request: requester.request,
      payload,
    })
  } catch (error) {
    writeFailure(outgoing, requester, layout.flagFailed, describe(error))
  }
}

/** Writes that no handler has answered, and why. */
export function refuse(outgoing: Outgoing, requester: Requester, error: BusError): void {
  writeFailure(outgoing, requester, layout.flagRefused, { code: error.code, message: error.message })
}

interface Failure {
  readonly name?: string
  readonly message: string
  readonly code?: string | number
}

function writeFailure(outgoing: Outgoing, requester: Requester, flags: number, failure: Failure): void {
  const payload = Buffer.from(failureText(failure))
  write.writeReply(outgoing.writer, {
    flags,
    codec: 1,
    requester: requester.member,
    request: requester.request,
    payload,
  })
}

/** As much of the message as fits. */
function failureText(failure: Failure): string {
  for (let length = failure.message.length; ; length = Math.floor(length / 2)) {
    const text = JSON.stringify({ ...failure, message: failure.message.slice(0, length) })
    if (length === 0 || Buffer.byteLength(text) <= layout.failureBytesMax) return text
  }
}

/** Name, message and code of anything that can be thrown. The stack stays here: it is nobody else's business. */
function describe(thrown: unknown): Failure {
  const { name, message } = describeThrown(thrown)
  const described = { name: name.slice(0, 255), message: message.slice(0, layout.failureBytesMax) }
  const code = codeOf(thrown)
  return code === undefined ? described : { ...described, code }
}

function codeOf(thrown: unknown): string | number | undefined {
  try {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    if (typeof code === 'string') return code.slice(0, 255)
    return typeof code === 'number' ? code : undefined
  } catch {
    // A getter that throws has no code to tell.
    return undefined
  }
}
