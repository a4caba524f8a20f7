import type { Link, LinkReceiver } from '@clusterbus/protocol'
import type { SimulatedProcess } from '../time/simulated-process.ts'

/** What a link is like while nothing goes wrong. */
export interface Wire {
  /** How long bytes travel, in virtual milliseconds. */
  readonly latencyMs: number
  /** Bytes that wait in the sender's process from which on it is told to wait. */
  readonly highWaterBytes: number
  /** Bytes that the system holds between the two; what is more waits in the sender's process. */
  readonly windowBytes: number
}

/** The two ends of a link between two processes, in virtual time, and how to tear it. */
export interface LinkPair {
  readonly ends: readonly [SimulatedLink, SimulatedLink]
  /** Both ends close, and what is on its way is lost. */
  cut(): void
}

export function simulatedLinkPair(left: SimulatedProcess, right: SimulatedProcess, wire: Wire): LinkPair {
  const a = new SimulatedLink(left, wire)
  const b = new SimulatedLink(right, wire)
  a.peer = b
  b.peer = a
  return {
    ends: [a, b],
    cut: () => {
      a.tear()
      b.tear()
    },
  }
}

/**
 * One end of a link, as a socket would be: bytes go to the system as far as it takes them, the others wait here, and a
 * reader that is paused is felt by the writer.
 */
class SimulatedLink implements Link {
  peer: SimulatedLink | undefined
  readonly #process: SimulatedProcess
  readonly #wire: Wire
  #receiver: LinkReceiver | undefined
  #state: 'open' | 'ending' | 'closed' = 'open'
  #cause: Error | undefined
  #sending: Buffer[] = []
  #sendingBytes = 0
  #inbox: Buffer[] = []
  #inboxBytes = 0
  #isPaused = false
  #owesDrain = false
  #isDelivering = false
  #isRefilling = false
  /** Whether the other end sends nothing more. */
  #isAtEnd = false

  constructor(process: SimulatedProcess, wire: Wire) {
    this.#process = process
    this.#wire = wire
  }

  get bufferedBytes(): number {
    return this.#sendingBytes
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver
    if (this.#state === 'closed') this.#tellClosed()
    else this.#scheduleDelivery(0)
  }

  write(segments: readonly Buffer[]): boolean {
    if (this.#state !== 'open') return false
    for (const segment of segments) {
      this.#sending.push(segment)
      this.#sendingBytes += segment.length
    }
    this.#send()
    const hasRoom = this.#sendingBytes < this.#wire.highWaterBytes
    if (!hasRoom) this.#owesDrain = true
    return hasRoom
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#scheduleDelivery(0)
  }

  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.#send()
  }

  destroy(): void {
    this.#close()
    this.peer?.endOfBytes()
  }

  ref(): void {}

  unref(): void {}

  /** Closes, and what is on its way here is lost. */
  tear(): void {
    this.#inbox = []
    this.#inboxBytes = 0
    this.#close(new Error('the connection was reset'))
  }

  /** The other end sends nothing more: closes when all that came is read. */
  endOfBytes(): void {
    this.#isAtEnd = true
    this.#scheduleDelivery(this.#wire.latencyMs)
  }

  /** Bytes that the system still takes in for this end. */
  get roomBytes(): number {
    return this.#wire.windowBytes - this.#inboxBytes
  }

  /** Bytes come from the other end. */
  take(bytes: Buffer): void {
    if (this.#state === 'closed') return
    this.#inbox.push(bytes)
    this.#inboxBytes += bytes.length
    this.#scheduleDelivery(this.#wire.latencyMs)
  }

  /** The other end has read something: there is room again. */
  refill(): void {
    if (this.#isRefilling || this.#sendingBytes === 0) return
    this.#isRefilling = true
    this.#process.schedule(0, () => {
      this.#isRefilling = false
      this.#send()
    })
  }

  /** Hands as much to the system as it takes. */
  #send(): void {
    const { peer } = this
    if (this.#state === 'closed' || peer === undefined) return
    for (let room = peer.roomBytes; room > 0; room = peer.roomBytes) {
      const segment = this.#sending[0]
      if (segment === undefined) break
      const bytes = segment.subarray(0, room)
      if (bytes.length === segment.length) this.#sending.shift()
      else this.#sending[0] = segment.subarray(room)
      this.#sendingBytes -= bytes.length
      // What the link was given must not change any more: copied only when it is read, so that a change would show.
      peer.take(bytes)
    }
    if (this.#sendingBytes > 0) return
    if (this.#state === 'ending') peer.endOfBytes()
    if (!this.#owesDrain) return
    this.#owesDrain = false
    this.#process.schedule(0, () => {
      if (this.#state !== 'closed') this.#receiver?.onDrain()
    })
  }

  #scheduleDelivery(delayMs: number): void {
    if (this.#isDelivering || this.#isPaused || this.#state === 'closed' || this.#receiver === undefined) return
    if (this.#inboxBytes === 0 && !this.#isAtEnd) return
    this.#isDelivering = true
    this.#process.schedule(delayMs, () => {
      this.#isDelivering = false
      this.#deliver()
    })
  }

  #deliver(): void {
    if (this.#isPaused || this.#state === 'closed') return
    if (this.#inboxBytes > 0) {
      const chunk = Buffer.concat(this.#inbox, this.#inboxBytes)
      this.#inbox = []
      this.#inboxBytes = 0
      this.peer?.refill()
      this.#receiver?.onChunk(chunk)
    }
    if (!this.#isAtEnd || this.#inboxBytes > 0 || this.#isPaused) return this.#scheduleDelivery(0)
    this.#close()
    this.peer?.destroy()
  }

  #close(cause?: Error): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#cause = cause
    this.#sending = []
    this.#sendingBytes = 0
    if (this.#receiver !== undefined) this.#tellClosed()
  }

  #tellClosed(): void {
    this.#process.schedule(0, () => this.#receiver?.onClose(this.#cause))
  }
}
