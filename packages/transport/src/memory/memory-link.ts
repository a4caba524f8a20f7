import type { Link, LinkReceiver } from '@clusterbus/protocol'
import { KeepAlive } from '../process/keep-alive.ts'

/** Bytes that may wait at one end before the other is told to stop. */
const highWaterBytes = 1024 * 1024

/**
 * The two ends of a link inside one process. Bytes arrive in a later turn of the event loop, as they do everywhere
 * else, so nobody is called while calling; unless their receiver is paused, bytes on their way keep the process running.
 */
export function memoryLinkPair(): [Link, Link] {
  const left = new MemoryLink()
  const right = new MemoryLink()
  left.peer = right
  right.peer = left
  return [left, right]
}

class MemoryLink implements Link {
  peer: MemoryLink = this
  readonly #keepAlive = new KeepAlive()
  #receiver: LinkReceiver | undefined
  #inbox: Buffer[] = []
  #inboxBytes = 0
  #paused = false
  #scheduled = false
  #peerWaits = false
  #peerEnded = false
  #ended = false
  #closed = false

  get bufferedBytes(): number {
    return this.peer.#inboxBytes
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver
    this.#schedule()
  }

  write(segments: readonly Buffer[]): boolean {
    if (this.#closed || this.#ended) return false
    return this.peer.#accept(segments)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#schedule()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.peer.#peerEnded = true
    this.peer.#schedule()
  }

  destroy(): void {
    this.#close()
    this.peer.#close()
  }

  ref(): void {
    if (!this.#closed) this.#keepAlive.hold()
  }

  unref(): void {
    this.#keepAlive.release()
  }

  #accept(segments: readonly Buffer[]): boolean {
    for (const segment of segments) {
      this.#inbox.push(segment)
      this.#inboxBytes += segment.length
    }
    this.#schedule()
    this.#peerWaits = this.#inboxBytes >= highWaterBytes
    return !this.#peerWaits
  }

  #schedule(): void {
    if (this.#scheduled || this.#paused || this.#receiver === undefined) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    while (!this.#paused && !this.#closed) {
      const chunk = this.#inbox.shift()
      if (chunk === undefined) break
      this.#inboxBytes -= chunk.length
      this.#receiver?.onChunk(chunk)
    }
    if (this.#peerWaits && this.#inboxBytes < highWaterBytes) {
      this.#peerWaits = false
      this.peer.#receiver?.onDrain()
    }
    if (this.#peerEnded && this.#inbox.length === 0) this.destroy()
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.unref()
    this.#inbox = []
    this.#inboxBytes = 0
    setImmediate(() => this.#receiver?.onClose())
  }
}
