import { type BusError, cacheFrames, FrameKind, layout, read } from '@clusterbus/protocol'
import type { Claim, LoadedValue } from '../../caching.ts'
import type { Outgoing } from '../outgoing.ts'
import type { Payloads } from '../payloads.ts'
import type { PendingRequests } from '../pending-requests.ts'
import { unreadableError } from '../unreadable.ts'
import type { LocalHold } from './local-hold.ts'

/** How long somebody else's load is waited for, in milliseconds. */
const timeoutMs = 30_000
const nothing = new Uint8Array()

export interface ClaimingParts {
  readonly outgoing: Outgoing
  readonly payloads: Payloads
  readonly pending: PendingRequests
  /** A value cannot be given to others; they load it themselves. */
  failed(error: BusError): void
}

/** Asks for the right to load a key for all members, and gives it back. */
export class Claiming {
  readonly #parts: ClaimingParts
  /** Numbers of the claims that were granted and are not given back. */
  readonly #granted = new Set<number>()

  constructor(parts: ClaimingParts) {
    this.#parts = parts
  }

  claim(hold: LocalHold, key: string, signal: AbortSignal | undefined): Promise<Claim> {
    const { pending, outgoing } = this.#parts
    return pending.begin('claim', hold.name, timeoutMs, signal, (number) => {
      outgoing.assertRoom(layout.selectorsAt + Buffer.byteLength(key), 'claim', hold.name)
      cacheFrames.writeClaim(outgoing.writer, number, hold.id, key)
      outgoing.schedule()
    })
  }

  /** Reads a CLAIMED. */
  answered(bytes: Buffer, start: number, end: number): void {
    const { pending, payloads } = this.#parts
    read.assertFrameBytes(start, end, layout.claimBytes, 'CLAIMED')
    const number = layout.readU32(bytes, start + layout.baseBytes)
    const found = pending.find(number)
    // Given up meanwhile: the broker has been told, or this link is of no account any more.
    if (found === undefined) return
    const flags = bytes[start + 5] ?? 0
    if ((flags & layout.flagMine) !== 0) {
      this.#granted.add(number)
      return pending.settle(number, this.#mine(number, found.topic), false)
    }
    if ((flags & layout.flagValue) === 0) return pending.settle(number, { mine: false, value: undefined }, false)
    try {
      const data = payloads.decode(bytes[start + 6] ?? 0, bytes, start + layout.claimBytes, end, found.topic)
      pending.settle(number, { mine: false, value: { data } }, false)
    } catch (error) {
      pending.settle(number, error, true)
    }
  }

  /** The link is gone: others have got what was granted. */
  lost(): void {
    this.#granted.clear()
  }

  #mine(number: number, name: string): Claim {
    return {
      mine: true,
      release: (value) => this.#release(number, name, value),
      failed: () => this.#say(number, layout.flagFailed),
    }
  }

  #release(number: number, name: string, value: LoadedValue | undefined): void {
    if (value === undefined || !this.#granted.has(number)) return this.#say(number, 0)
    const { payloads, outgoing } = this.#parts
    try {
      const { codec, encoded, roomBytes } = payloads.encode(value.data, 'claim', name)
      outgoing.assertRoom(roomBytes, 'claim', name)
      this.#say(number, layout.flagValue, codec, typeof encoded === 'string' ? Buffer.from(encoded) : encoded)
    } catch (error) {
      this.#say(number, 0)
      this.#parts.failed(unreadableError(error, name))
    }
  }

  #say(number: number, flags: number, codec = 0, value: Uint8Array = nothing): void {
    if (!this.#granted.delete(number)) return
    const { outgoing } = this.#parts
    cacheFrames.writeClaimed(outgoing.writer, { kind: FrameKind.RELEASE, number, flags, codec, value })
    outgoing.schedule()
  }
}
