import type { BusError } from '@clusterbus/protocol'
import { type ChunkWriter, describeThrown, layout, read, write } from '@clusterbus/protocol'
import type { Outcome } from './local-responder.ts'
import type { Payloads } from './payloads.ts'

/** Whom a reply is for. */
export interface ReplyAddress {
  readonly topic: string
  readonly requester: number
  readonly number: number
}

/** Longest message of a handler's error that is sent, in characters. */
const messageMax = 8192

/** Writes the answer of a handler: its value, or how it failed. A value that cannot be encoded is a failure too. */
export function replyTo(writer: ChunkWriter, address: ReplyAddress, outcome: Outcome, payloads: Payloads): void {
  const { requester, number: request } = address
  if (!outcome.failed) {
    try {
      const { codec, encoded } = payloads.encode(outcome.value, 'respond', address.topic)
      const payload = typeof encoded === 'string' ? Buffer.from(encoded) : encoded
      write.writeReply(writer, { flags: 0, codec, requester, request, payload })
      return
    } catch (error) {
      writeFailure(writer, requester, request, error)
      return
    }
  }
  writeFailure(writer, requester, request, outcome.value)
}

/** Writes that no handler has answered, and why. */
export function refuse(writer: ChunkWriter, address: Omit<ReplyAddress, 'topic'>, error: BusError): void {
  const payload = Buffer.from(read.failureText(error.code, error.message.slice(0, messageMax)))
  const { requester, number: request } = address
  write.writeReply(writer, { flags: layout.flagRefused, codec: 1, requester, request, payload })
}

function writeFailure(writer: ChunkWriter, requester: number, request: number, thrown: unknown): void {
  const payload = Buffer.from(JSON.stringify(describe(thrown)))
  write.writeReply(writer, { flags: layout.flagFailed, codec: 1, requester, request, payload })
}

/** Name, message and code of anything that can be thrown. The stack stays here: it is nobody else's business. */
function describe(thrown: unknown): { name: string; message: string; code?: string | number } {
  const { name, message } = describeThrown(thrown)
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  const described = { name: name.slice(0, 255), message: message.slice(0, messageMax) }
  if (typeof code === 'number') return { ...described, code }
  return typeof code === 'string' ? { ...described, code: code.slice(0, 255) } : described
}
