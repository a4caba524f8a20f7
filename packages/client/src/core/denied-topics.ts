import { BusError, layout, quoted, read } from '@clusterbus/protocol'
import type { Counters } from './counters.ts'

/** Most topics that are remembered; one that is forgotten is refused by the broker all the same. */
const deniedMax = 4096

/** The topics that this bus may not publish to, as far as the broker of its link has said so. */
export class DeniedTopics {
  readonly #names = new Set<string>()

  /** Throws `NOT_ALLOWED` for a topic that is known to be refused. */
  assertAllowed(name: string): void {
    if (this.#names.size > 0 && this.#names.has(name)) throw notAllowed(name)
  }

  /** Reads a DENIED, and counts the messages that it speaks of. Returns what is to be reported, once for each topic. */
  told(counters: Counters, bytes: Buffer, start: number, end: number): BusError | undefined {
    read.assertFrameBytes(start, end, 13, 'DENIED')
    counters.refused += layout.readU32(bytes, start + layout.baseBytes)
    const name = bytes.toString('utf8', start + 12, end)
    if (this.#names.has(name)) return undefined
    if (this.#names.size >= deniedMax) {
      for (const oldest of this.#names) {
        this.#names.delete(oldest)
        break
      }
    }
    this.#names.add(name)
    return notAllowed(name)
  }

  /** The link is gone: the next broker may have it otherwise. */
  forgetAll(): void {
    this.#names.clear()
  }
}

function notAllowed(topic: string): BusError {
  const why = 'the broker does not let this member publish to it, as authorize() of createBroker() says; allow it there'
  return new BusError('NOT_ALLOWED', `publish(${quoted(topic)}): ${why}`, { topic })
}
