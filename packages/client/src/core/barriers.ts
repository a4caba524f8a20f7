import { type BusError, type ChunkWriter, FrameKind, write } from '@clusterbus/protocol'

interface Barrier {
  readonly resolve: () => void
  readonly reject: (error: BusError) => void
  /** Whether it holds for the next broker too, when this one is lost. */
  readonly survives: boolean
}

/** Waits of this bus until the broker has handled all that was said before. */
export class Barriers {
  readonly #waiting = new Map<number, Barrier>()
  #next = 1

  /** Writes a PING; resolves with its PONG. */
  begin(writer: ChunkWriter, survives: boolean): Promise<void> {
    const number = this.#next
    this.#next = number === 0xffff_ffff ? 1 : number + 1
    write.writeNumber(writer, FrameKind.PING, number)
    return new Promise((resolve, reject) => this.#waiting.set(number, { resolve, reject, survives }))
  }

  passed(number: number): void {
    const barrier = this.#waiting.get(number)
    this.#waiting.delete(number)
    barrier?.resolve()
  }

  /** The link is lost: what spoke of it fails, and the others are said again. */
  lost(error: BusError, writer: ChunkWriter): void {
    for (const [number, barrier] of this.#waiting) {
      if (barrier.survives) {
        write.writeNumber(writer, FrameKind.PING, number)
      } else {
        this.#waiting.delete(number)
        barrier.reject(error)
      }
    }
  }

  rejectAll(error: BusError): void {
    for (const barrier of this.#waiting.values()) barrier.reject(error)
    this.#waiting.clear()
  }
}
