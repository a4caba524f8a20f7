import { type BusErrorCode, layout, read, write } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'

/** A request that was handed to a responder and has no reply yet. */
export interface PendingRequest {
  readonly requester: ConnectedMember
  /** The requester's number for it. */
  readonly number: number
  readonly responder: ConnectedMember
}

/**
 * Remembers who was asked what, in both directions, so that only the member that was asked can answer, and that the
 * requester hears of it when that member goes away.
 */
export class Requests {
  #count = 0

  /** Requests that wait for a reply. */
  get count(): number {
    return this.#count
  }

  begin(requester: ConnectedMember, number: number, responder: ConnectedMember): void {
    const pending = { requester, number, responder }
    requester.pending.set(number, pending)
    responder.asked.add(pending)
    this.#count += 1
  }

  /** Ends the request that `requester` numbered so, if `responder`, where given, is the one that was asked. */
  end(requester: ConnectedMember, number: number, responder?: ConnectedMember): boolean {
    const pending = requester.pending.get(number)
    if (pending === undefined || (responder !== undefined && pending.responder !== responder)) return false
    this.#forget(pending)
    return true
  }

  /** Ends all that the member waits for or was asked. Returns what others still wait for. */
  leave(member: ConnectedMember): PendingRequest[] {
    for (const pending of member.pending.values()) this.#forget(pending)
    const orphans = [...member.asked]
    for (const pending of orphans) this.#forget(pending)
    return orphans
  }

  #forget(pending: PendingRequest): void {
    pending.requester.pending.delete(pending.number)
    pending.responder.asked.delete(pending)
    this.#count -= 1
  }
}

/** Answers a request in the broker's own name: with a failure. */
export function refuseRequest(requester: ConnectedMember, number: number, code: BusErrorCode, message: string): void {
  const payload = Buffer.from(read.failureText(code, message))
  answer(requester, number, layout.flagRefused, payload)
}

/** Answers a request in the broker's own name: with data, as JSON. */
export function answerRequest(requester: ConnectedMember, number: number, data: unknown): void {
  answer(requester, number, 0, Buffer.from(JSON.stringify(data)))
}

function answer(requester: ConnectedMember, request: number, flags: number, payload: Buffer): void {
  write.writeReply(requester.outbox.writer, { flags, codec: 1, requester: requester.id, request, payload })
}
