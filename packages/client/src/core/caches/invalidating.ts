import { BusError, cacheFrames, type ChunkWriter, layout, type Selector } from '@clusterbus/protocol'
import type { InvalidateOptions, Invalidation } from '../../caching.ts'
import type { Outgoing } from '../outgoing.ts'
import type { PendingRequests } from '../pending-requests.ts'
import type { LocalHold } from './local-hold.ts'

const defaultTimeoutMs = 5_000

/** Selectors that travel in one frame. */
interface Batch {
  readonly hold: LocalHold
  readonly number: number
  readonly selectors: Selector[]
  readonly answer: Promise<Invalidation>
}

/** The last frame that was written, as long as more may be added to it. */
interface OpenBatch extends Batch {
  readonly chunk: Buffer
  readonly start: number
  end: number
}

/**
 * Sends invalidations, and remembers them until the broker has answered, because they hold for any broker: over a new
 * link they are sent again, and do no harm twice. Those that follow one on the other in one turn travel in one frame.
 */
export class Invalidating {
  readonly #outgoing: Outgoing
  readonly #pending: PendingRequests
  readonly #batchesMax: number
  readonly #batches = new Map<number, Batch>()
  #open: OpenBatch | undefined

  constructor(outgoing: Outgoing, pending: PendingRequests, batchesMax: number) {
    this.#outgoing = outgoing
    this.#pending = pending
    this.#batchesMax = batchesMax
  }

  /** Numbers of those that the broker has not answered. */
  get unanswered(): Iterable<number> {
    return this.#batches.keys()
  }

  /** Writes them, and resolves when nobody serves any more what they void. */
  invalidate(
    hold: LocalHold,
    selectors: readonly Selector[],
    { timeout = defaultTimeoutMs, signal }: InvalidateOptions,
  ): Promise<Invalidation> {
    const joins = timeout === defaultTimeoutMs && signal === undefined
    if (!joins) this.#open = undefined
    const answers = new Set<Promise<Invalidation>>()
    try {
      for (const selector of selectors) answers.add(this.#add(hold, selector, timeout, signal))
    } finally {
      if (!joins) this.#open = undefined
      this.#outgoing.schedule()
    }
    const [only] = answers
    return only !== undefined && answers.size === 1 ? only : Promise.all(answers).then(worst)
  }

  /** The broker has answered, whether or not somebody still waits for that. */
  answered(number: number, result: Invalidation): void {
    this.forget(number)
    this.#pending.settle(number, result, false)
  }

  /** It is not sent again. */
  forget(number: number): void {
    this.#batches.delete(number)
  }

  /** Writes what a broker that knows nothing of this bus must hear, behind the caches that it speaks of. */
  writeAll(writer: ChunkWriter): void {
    this.#open = undefined
    for (const { number, hold, selectors } of this.#batches.values()) {
      let start: number | undefined
      writer.reserve(layout.invalidateBytesMax)
      for (const selector of selectors) {
        if (start === undefined) start = cacheFrames.writeInvalidate(writer, number, hold.id, selector)
        else cacheFrames.extendInvalidate(writer, start, selector)
      }
    }
  }

  /** What speaks of that cache cannot be sent again. */
  closed(hold: LocalHold): void {
    this.#open = undefined
    for (const batch of this.#batches.values()) if (batch.hold === hold) this.#batches.delete(batch.number)
  }

  #add(hold: LocalHold, selector: Selector, timeoutMs: number, signal: AbortSignal | undefined): Promise<Invalidation> {
    const length = cacheFrames.selectorLength(selector)
    this.#outgoing.assertRoom(length, 'invalidate', hold.name)
    const { writer } = this.#outgoing
    const open = this.#open
    if (open !== undefined && open.hold === hold && hasRoom(open, writer, length)) {
      cacheFrames.extendInvalidate(writer, open.start, selector)
      open.end = writer.position
      open.selectors.push(selector)
      return open.answer
    }
    return this.#begin(hold, selector, timeoutMs, signal)
  }

  #begin(
    hold: LocalHold,
    selector: Selector,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Invalidation> {
    if (this.#batches.size >= this.#batchesMax) throw tooMany(hold.name, this.#batchesMax)
    let number = 0
    let start = 0
    const answer: Promise<Invalidation> = this.#pending.begin('invalidate', hold.name, timeoutMs, signal, (given) => {
      number = given
      const { writer } = this.#outgoing
      start = cacheFrames.writeInvalidate(writer, number, hold.id, selector)
    })
    // Whoever called hears of it, unless a further selector could not be written.
    answer.catch(() => undefined)
    // Aborted before: nothing was written.
    if (number === 0) return answer
    const { chunk, position: end } = this.#outgoing.writer
    const open = { hold, number, selectors: [selector], answer, chunk, start, end }
    this.#batches.set(number, open)
    this.#open = open
    // What no link takes lies there for long, and whoever joined later would be told that he had waited as long.
    this.#outgoing.atEndOfTurn(() => this.#close(open))
    return answer
  }

  #close(batch: OpenBatch): void {
    if (this.#open === batch) this.#open = undefined
  }
}

/** What became of several, taken together. */
function worst(results: readonly Invalidation[]): Invalidation {
  return {
    members: Math.max(0, ...results.map(({ members }) => members)),
    fenced: Math.max(0, ...results.map(({ fenced }) => fenced)),
  }
}

/** Whether nothing was written since, nor handed to the link, and a selector of that length still fits. */
function hasRoom({ chunk, start, end }: OpenBatch, writer: ChunkWriter, length: number): boolean {
  const isLast = writer.chunk === chunk && writer.position === end && writer.queuedBytes >= end - start
  return isLast && end + length <= chunk.length && end + length - start <= layout.invalidateBytesMax
}

function tooMany(topic: string, limit: number): BusError {
  const message = `invalidate(${JSON.stringify(topic)}): ${limit} invalidations wait for the broker already, which is limits.pendingRequests`
  return new BusError('QUEUE_FULL', message, { topic, limit })
}
