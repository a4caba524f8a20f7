import { BusError, type BusErrorCode, layout, read } from '@clusterbus/protocol'
import type { Confirmation } from '../bus.ts'
import type { Caches } from './caches/caches.ts'
import type { Counters } from './counters.ts'
import type { Payloads } from './payloads.ts'
import { callOf, type PendingRequests } from './pending-requests.ts'
import { unreadableError } from './unreadable.ts'

/** What answers are for. */
export interface AnswersParts {
  readonly requests: PendingRequests
  readonly payloads: Payloads
  readonly caches: Caches
  readonly counters: Counters
}

/** Reads a REPLY, and ends the call that waits for it, if one does. */
export function replied(
  { requests, payloads, caches, counters }: AnswersParts,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  read.assertFrameBytes(start, end, layout.requestBytes, 'REPLY')
  const number = layout.readU32(bytes, start + layout.requestAt)
  const flags = bytes[start + 5] ?? 0
  if ((flags & layout.flagRefused) !== 0) caches.refused(number)
  const pending = requests.find(number)
  if (pending === undefined) return
  const { verb, topic } = pending
  const at = start + layout.requestBytes
  try {
    if ((flags & layout.flagRefused) !== 0) {
      const { code, message } = read.readFailure(bytes.toString('utf8', at, end))
      if (code === 'NOT_ALLOWED' && verb === 'publish') counters.refused += 1
      throw new BusError(code, `${callOf(verb, topic)}: ${message}`, { topic })
    }
    if ((flags & layout.flagFailed) !== 0) throw remoteError(topic, bytes.toString('utf8', at, end))
    const value = payloads.decode(bytes[start + 6] ?? 0, bytes, at, end, topic)
    const isChecked = verb === 'request' && payloads.schemas !== undefined
    requests.settle(number, isChecked ? payloads.schemas.answered(value, topic) : value, false)
  } catch (error) {
    requests.settle(number, unreadableError(error, topic), true)
  }
}

/** Reads a CONFIRMED, and ends the call that waits for it, if one does. */
export function confirmed(requests: PendingRequests, bytes: Buffer, start: number, end: number): void {
  const [number = 0, members = 0, delivered = 0, failed = 0, gone = 0] = read.readNumbers(bytes, start, end, 5)
  const confirmation: Confirmation = { members, delivered, failed, gone }
  requests.settle(number, confirmation, false)
}

/** Reads a REFUSED: which subscription, and why. */
export function readRefused(
  bytes: Buffer,
  start: number,
  end: number,
): { id: number; code: BusErrorCode; message: string } {
  read.assertFrameBytes(start, end, 12, 'REFUSED')
  return { id: layout.readU32(bytes, start + 8), ...read.readFailure(bytes.toString('utf8', start + 12, end)) }
}

/** What the responder threw, as `cause` of an error of ours. */
function remoteError(topic: string, text: string): BusError {
  const { name, message, code } = read.parseObject(text)
  const cause = new Error(typeof message === 'string' ? message : 'it did not say why')
  cause.name = typeof name === 'string' ? name : 'Error'
  // This stack would point into clusterbus, where nothing is wrong.
  cause.stack = `${cause.name}: ${cause.message}\n    in the responder`
  if (typeof code === 'string' || typeof code === 'number') Object.assign(cause, { code })
  return new BusError(
    'REMOTE_ERROR',
    `request(${JSON.stringify(topic)}): the responder failed: ${cause.name}: ${cause.message}`,
    {
      topic,
      cause,
    },
  )
}
