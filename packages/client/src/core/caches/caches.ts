import {
  BusError,
  type BusErrorCode,
  type BusErrorFields,
  type CacheTerms,
  type Clock,
  FrameKind,
  layout,
  type Limits,
  quoted,
  read,
} from '@clusterbus/protocol'
import { cacheFault, cacheFrames, type ChunkWriter, type Selector, selectorKinds, write } from '@clusterbus/protocol'
import type { CacheHolder, HeldCache, InvalidateOptions, Invalidation } from '../../caching.ts'
import { badOption, invalidateOptions } from '../check-arguments.ts'
import { closedError } from '../ended.ts'
import type { Outgoing } from '../outgoing.ts'
import type { Payloads } from '../payloads.ts'
import type { PendingRequests } from '../pending-requests.ts'
import { Claiming } from './claiming.ts'
import { Invalidating } from './invalidating.ts'
import { Lease } from './lease.ts'
import { type HoldOwner, LocalHold } from './local-hold.ts'

export interface CachesParts {
  readonly outgoing: Outgoing
  readonly payloads: Payloads
  readonly pending: PendingRequests
  readonly clock: Clock
  readonly limits: Limits
  isConnected(): boolean
  /** Something was said that must get to a broker; without a link it is kept. */
  kept(): void
  failed(error: BusError): void
}

/** The caches that one bus holds, and what it says and hears of them. */
export class Caches {
  readonly #parts: CachesParts
  readonly #byId = new Map<number, LocalHold>()
  readonly #byNumber = new Map<number, LocalHold>()
  readonly #lease: Lease
  readonly #invalidating: Invalidating
  readonly #claiming: Claiming
  readonly #owner: HoldOwner
  #nextId = 1
  #heeded = 0

  constructor(parts: CachesParts) {
    this.#parts = parts
    const { outgoing, payloads, pending, clock, limits } = parts
    this.#lease = new Lease(clock, {
      isConnected: () => parts.isConnected(),
      ask: (number) => this.#say(FrameKind.RENEW, number),
    })
    this.#invalidating = new Invalidating(outgoing, pending, limits.pendingRequests)
    this.#claiming = new Claiming({ outgoing, payloads, pending, failed: (error) => parts.failed(error) })
    this.#owner = {
      lease: this.#lease,
      now: () => clock.now(),
      invalidate: (hold, selectors, options) => {
        const answer = this.#invalidate(hold, selectors, options)
        // Whoever does not wait for it must not be brought down by it.
        answer.catch(() => undefined)
        return answer
      },
      claim: async (hold, key, signal) => {
        assertOpen(hold, 'claim')
        assertSelectors(hold, [{ kind: 'key', text: key }])
        return this.#claiming.claim(hold, key, signal)
      },
      close: (hold) => this.#close(hold),
    }
  }

  /** Numbers of invalidations that are sent again over the next link. */
  get unanswered(): Iterable<number> {
    return this.#invalidating.unanswered
  }

  /** Holds a cache from now on. Throws `BAD_OPTION`. */
  hold(name: string, terms: CacheTerms, holder: CacheHolder): HeldCache {
    const call = `holdCache(${quoted(name)})`
    const fault = cacheFault(name, terms)
    if (fault !== undefined) throw badOption('name', `${call}: ${fault}`)
    for (const other of this.#byId.values()) {
      if (other.name === name)
        throw badOption('name', `${call}: this bus holds a cache of that name already; use that one`)
    }
    const hold = new LocalHold(this.#freeId(), name, terms, holder, this.#owner)
    this.#byId.set(hold.id, hold)
    this.#write(this.#parts.outgoing.writer, hold)
    this.#parts.outgoing.schedule()
    this.#lease.want()
    return hold
  }

  /** Writes what a broker that knows nothing of this bus must hear. */
  writeAll(writer: ChunkWriter): void {
    for (const hold of this.#byId.values()) this.#write(writer, hold)
    this.#invalidating.writeAll(writer)
  }

  /** There is a broker. */
  connected(): void {
    this.#lease.renew()
  }

  /** The link is gone: nothing that is held may be served or stored, because the broker cannot tell what is void. */
  lost(): void {
    this.#lease.lost()
    this.#byNumber.clear()
    this.#heeded = 0
    this.#claiming.lost()
    for (const hold of this.#byId.values()) hold.reset()
  }

  /** The bus closes: says that nothing is held any more. */
  end(): void {
    for (const hold of Array.from(this.#byId.values())) this.#close(hold)
  }

  /** Says how many evictions of a chunk have been heeded. */
  chunkEnded(): void {
    if (this.#heeded === 0) return
    const heeded = this.#heeded
    this.#heeded = 0
    this.#say(FrameKind.EVICTED, heeded)
  }

  /** An invalidation, numbered so, could not be taken by the broker. */
  refused(number: number): void {
    this.#invalidating.forget(number)
  }

  /** Handles a frame about caches. Throws `BAD_FRAME` for what no broker would send. */
  frame(kind: number | undefined, bytes: Buffer, start: number, end: number): void {
    switch (kind) {
      case FrameKind.EVICT:
        return this.#evict(bytes, start, end)
      case FrameKind.INVALIDATED: {
        const [number = 0, members = 0, fenced = 0] = read.readNumbers(bytes, start, end, 3)
        return this.#invalidating.answered(number, { members, fenced })
      }
      case FrameKind.LEASE: {
        const [number = 0, leaseMs = 0] = read.readNumbers(bytes, start, end, 2)
        this.#lease.granted(number, leaseMs)
        for (const hold of this.#byId.values()) hold.leased()
        return
      }
      case FrameKind.CLAIMED:
        return this.#claiming.answered(bytes, start, end)
      case FrameKind.CACHED:
        return this.#told(bytes, start, end)
      default:
        throw read.badFrame(`unknown kind ${kind}`)
    }
  }

  async #invalidate(
    hold: LocalHold,
    selectors: readonly Selector[],
    options: InvalidateOptions | undefined,
  ): Promise<Invalidation> {
    assertOpen(hold, 'invalidate')
    assertSelectors(hold, selectors)
    if (options !== undefined) invalidateOptions(hold.name, options)
    const answer = this.#invalidating.invalidate(hold, selectors, options ?? {})
    this.#parts.kept()
    return answer
  }

  #evict(bytes: Buffer, start: number, end: number): void {
    const selectors = cacheFrames.readSelectors(bytes, start, end)
    this.#byNumber.get(layout.readU32(bytes, start + 12))?.evict(selectors)
    // Also for one that is closed: the broker counts what it has sent.
    this.#heeded += 1
  }

  #told(bytes: Buffer, start: number, end: number): void {
    read.assertFrameBytes(start, end, layout.claimBytes, 'CACHED')
    const hold = this.#byId.get(layout.readU32(bytes, start + layout.baseBytes))
    if (((bytes[start + 5] ?? 0) & layout.flagRefused) !== 0) {
      const { code, message } = read.readFailure(bytes.toString('utf8', start + layout.claimBytes, end))
      if (hold === undefined) return
      const error = new BusError(code, `the cache ${quoted(hold.name)} is not used: ${message}`, about(code, hold))
      hold.refused(error)
      return this.#parts.failed(error)
    }
    const [, number = 0] = read.readNumbers(bytes, start, end, 2)
    if (hold === undefined) return
    this.#byNumber.set(number, hold)
    hold.held(number)
  }

  #close(hold: LocalHold): void {
    if (hold.isClosed) return
    hold.isClosed = true
    this.#byId.delete(hold.id)
    if (hold.number !== undefined) this.#byNumber.delete(hold.number)
    // Nothing is served from here on, and only then the broker hears of it.
    hold.reset()
    hold.refused(closedError(`holdCache(${quoted(hold.name)})`))
    this.#invalidating.closed(hold)
    this.#say(FrameKind.UNCACHE, hold.id)
    if (this.#byId.size === 0) this.#lease.drop()
  }

  /** A number of 32 bits that none of the caches has. */
  #freeId(): number {
    while (this.#byId.has(this.#nextId)) this.#nextId = (this.#nextId + 1) >>> 0
    const id = this.#nextId
    this.#nextId = (id + 1) >>> 0
    return id
  }

  #write(writer: ChunkWriter, { id, name, terms }: LocalHold): void {
    write.writeNumberAndText(writer, FrameKind.CACHE, id, JSON.stringify({ name, terms }))
  }

  #say(kind: number, number: number): void {
    write.writeNumber(this.#parts.outgoing.writer, kind, number)
    this.#parts.outgoing.schedule()
  }
}

/** What a refusal of the broker's is about: how the cache is held, or that it is. */
function about(code: BusErrorCode, { name }: LocalHold): BusErrorFields {
  return code === 'BAD_OPTION' ? { option: 'terms' } : { topic: name }
}

function assertOpen(hold: LocalHold, call: string): void {
  if (!hold.isClosed) return
  throw new BusError('CLOSED', `${call}(${quoted(hold.name)}): the cache is closed`)
}

function assertSelectors(hold: LocalHold, selectors: readonly Selector[]): void {
  for (const { kind, text } of selectors) {
    const fault = selectorFault(kind, text)
    if (fault !== undefined) throw badOption('selectors', `invalidate(${quoted(hold.name)}): ${fault}`)
  }
}

function selectorFault(kind: unknown, text: unknown): string | undefined {
  const known: readonly unknown[] = selectorKinds
  if (!known.includes(kind)) return `${quoted(kind)} is no kind of selector; there are ${selectorKinds.join(', ')}`
  if (typeof text !== 'string') return `a ${String(kind)} must be a string, not ${typeof text}`
  if (!text.isWellFormed()) return `a ${String(kind)} contains half of a surrogate pair`
  const bytes = Buffer.byteLength(text)
  if (bytes <= layout.selectorTextBytesMax) return undefined
  return `a ${String(kind)} of ${bytes} bytes is over the limit of ${layout.selectorTextBytesMax}`
}
