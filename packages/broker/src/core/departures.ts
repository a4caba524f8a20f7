import { BusError, ChunkWriter, type Clock, FrameKind, type Link, read, write } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'

/** How long a member that is told to go may take to read its last words, in milliseconds. */
export const farewellMs = 2_000

/** Members that have been told to go, from then until their links have closed. */
export class Departures {
  readonly #clock: Clock
  readonly #leaving = new Set<ConnectedMember>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get count(): number {
    return this.#leaving.size
  }

  /** Messages that wait for them. */
  get queuedMessages(): number {
    let messages = 0
    for (const { outbox } of this.#leaving) messages += outbox.messages
    return messages
  }

  /** Sends what waits and the reason, and closes the link; by force when that takes longer than `timeoutMs`. */
  begin(member: ConnectedMember, reason: BusError, timeoutMs: number): void {
    member.state = 'closing'
    this.#leaving.add(member)
    write.writeText(member.outbox.writer, FrameKind.CLOSE, read.failureText(reason.code, reason.message))
    this.#giveTime(member, timeoutMs)
    endWhenSent(member)
  }

  /** From now on they all have no more than that. */
  hurry(timeoutMs: number): void {
    for (const member of this.#leaving) this.#giveTime(member, timeoutMs)
  }

  /** The member's link has room again. */
  drained(member: ConnectedMember): void {
    if (member.state === 'closing') endWhenSent(member)
  }

  /** The member's link has closed. */
  gone(member: ConnectedMember): void {
    member.state = 'gone'
    member.cancelClose?.()
    this.#leaving.delete(member)
  }

  #giveTime(member: ConnectedMember, timeoutMs: number): void {
    member.cancelClose?.()
    member.cancelClose = this.#clock.after(timeoutMs, () => member.link.destroy())
  }
}

function endWhenSent(member: ConnectedMember): void {
  member.flush()
  if (member.outbox.writer.queuedBytes > 0) return
  member.link.end()
  // What it still says is thrown away, but must be read for the link to notice that it ended.
  member.link.resume()
}

/** Says why, and closes a link that has not become a member's. */
export function turnAway(link: Link, reason: BusError, clock: Clock): void {
  const cancel = clock.after(farewellMs, () => link.destroy())
  link.open({ onChunk: () => undefined, onDrain: () => undefined, onClose: cancel })
  const writer = new ChunkWriter()
  write.writeText(writer, FrameKind.CLOSE, read.failureText(reason.code, reason.message))
  link.write(writer.take())
  link.end()
}

export function closingError(): BusError {
  return new BusError('CLOSED', 'the broker is closing')
}
