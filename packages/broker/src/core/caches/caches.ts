import { cacheFrames, type Clock, FrameKind, layout, read, write } from '@clusterbus/protocol'
import type { ConnectedMember } from '../connected-member.ts'
import { CacheMember } from './cache-member.ts'
import { Claims } from './claims.ts'
import { Invalidations, keysOf, type LeaseLimits } from './invalidations.ts'
import { type Opened, SharedCache } from './shared-cache.ts'

/** Most caches that one member may have open. */
const cachesMax = 1_000
/** Most that the keys which one member has claimed may take in all, in bytes. */
const claimedBytesMax = 16 * 1024 * 1024

/** Figures about caches, for the broker's statistics. */
interface CacheCounters {
  invalidations: number
  fenced: number
}

export interface CachesOptions {
  readonly leases: LeaseLimits
  readonly clock: Clock
  /** Until when members of a broker that was here before may serve from their caches, by the same clock. */
  readonly formerUntil: number
  readonly counters: CacheCounters
  /** Members whose outboxes are added to are put in here. */
  readonly written: Set<ConnectedMember>
  /** Hands over what was written when nothing was heard of a member. */
  flush(): void
}

/**
 * Who holds which cache, who has to hear of what is void in it, and who may load for all. The entries themselves, and
 * what they mean, the broker never sees.
 */
export class Caches {
  readonly #options: CachesOptions
  readonly #byName = new Map<string, SharedCache>()
  /** Those of the caches that there are. */
  readonly #numbers = new Set<number>()
  /** Everybody who has or had a cache open and may still serve from it. */
  readonly #members = new Set<CacheMember>()
  readonly #invalidations: Invalidations
  readonly #claims: Claims
  #nextNumber = 1

  constructor(options: CachesOptions) {
    this.#options = options
    const { leases, clock, formerUntil, written, counters } = options
    this.#invalidations = new Invalidations(leases, clock, formerUntil, {
      written,
      flush: () => options.flush(),
      outlived: (ghost) => this.#outlived(ghost),
      fenced: () => (counters.fenced += 1),
    })
    this.#claims = new Claims(written)
  }

  /** Caches that some member has open. */
  get count(): number {
    return this.#byName.size
  }

  /** Invalidations that wait for members, and claims that wait or were granted. */
  get waitingCount(): number {
    return this.#invalidations.count + this.#claims.count
  }

  /** Gives no leases from here on: {@link leasesUntil} stays what it is. */
  stopLeasing(): void {
    this.#invalidations.stopLeasing()
  }

  /** Until when somebody may serve from a cache that hears of invalidations here and nowhere else. */
  get leasesUntil(): number {
    let until = this.#options.formerUntil
    for (const { leaseEndsAt } of this.#members) until = Math.max(until, leaseEndsAt)
    return until
  }

  /**
   * Handles a frame about caches. Returns `false`, and has done nothing, for what would make the member wait for more when
   * it waits for as much as it may. Throws `BAD_FRAME`.
   */
  frame(
    member: ConnectedMember,
    kind: number | undefined,
    bytes: Buffer,
    start: number,
    end: number,
    isFull: boolean,
  ): boolean {
    switch (kind) {
      case FrameKind.CACHE:
        this.#open(member, bytes, start, end)
        return true
      case FrameKind.UNCACHE:
        this.#close(member, read.readNumber(bytes, start, end))
        return true
      case FrameKind.INVALIDATE:
        return this.#invalidate(member, bytes, start, end, isFull)
      case FrameKind.EVICTED:
        this.#invalidations.heeded(this.#cacheMember(member), read.readNumber(bytes, start, end))
        return true
      case FrameKind.RENEW:
        this.#invalidations.renew(this.#cacheMember(member), read.readNumber(bytes, start, end))
        return true
      case FrameKind.CLAIM:
        return this.#claim(member, bytes, start, end, isFull)
      case FrameKind.RELEASE:
        this.#release(member, bytes, start, end)
        return true
      default:
        throw read.badFrame(`unknown kind ${kind}`)
    }
  }

  /** A CACHE: the member holds a cache from now on, if it agrees with those who hold it already. */
  #open(member: ConnectedMember, bytes: Buffer, start: number, end: number): void {
    const { name, terms } = cacheFrames.readCache(bytes, start, end)
    const id = layout.readU32(bytes, start + layout.baseBytes)
    const owner = this.#cacheMember(member)
    if (owner.opened.has(id)) throw read.badFrame(`cache ${id} is open already`)
    if (owner.opened.size >= cachesMax) throw read.badFrame(`more than ${cachesMax} caches`)
    let cache = this.#byName.get(name)
    if (cache === undefined) {
      cache = new SharedCache(name, this.#freeNumber())
      this.#byName.set(name, cache)
      this.#numbers.add(cache.number)
    }
    for (const other of owner.opened.values()) {
      if (other.cache === cache) throw read.badFrame('a cache that it has open already')
    }
    const opened: Opened = { id, owner, cache, terms }
    owner.opened.set(id, opened)
    this.#admit(opened)
  }

  /** An UNCACHE: the member has emptied its cache and holds it no more. */
  #close(member: ConnectedMember, id: number): void {
    const opened = this.#opened(member, id)
    opened.owner.opened.delete(id)
    this.#takeOut(opened)
    this.#settleCache(opened.cache)
  }

  /** An INVALIDATE. Returns `false`, and has done nothing, if `isFull`. */
  #invalidate(member: ConnectedMember, bytes: Buffer, start: number, end: number, isFull: boolean): boolean {
    const keys = keysOf(bytes, start, end)
    const { owner, cache } = this.#opened(member, layout.readU32(bytes, start + 12))
    assertUnused(member, layout.readU32(bytes, start + 8))
    if (isFull) return false
    this.#options.counters.invalidations += 1
    this.#claims.detach(cache, keys)
    this.#invalidations.begin(owner, cache, bytes, start, end)
    return true
  }

  /** A CLAIM. Returns `false`, and has done nothing, if `isFull`. */
  #claim(member: ConnectedMember, bytes: Buffer, start: number, end: number, isFull: boolean): boolean {
    const key = cacheFrames.readClaimedKey(bytes, start, end)
    const { owner, cache } = this.#opened(member, layout.readU32(bytes, start + 12))
    const number = layout.readU32(bytes, start + 8)
    assertUnused(member, number)
    const keyBytes = end - start - layout.selectorsAt
    if (isFull || owner.claimedBytes + keyBytes > claimedBytesMax) return false
    this.#claims.claim(owner, number, cache, key, keyBytes)
    return true
  }

  /** A RELEASE: what the member has claimed is loaded, or could not be. */
  #release(member: ConnectedMember, bytes: Buffer, start: number, end: number): void {
    read.assertFrameBytes(start, end, layout.claimBytes, 'RELEASE')
    const flags = bytes[start + 5] ?? 0
    const isKnown = flags === 0 || flags === layout.flagFailed || flags === layout.flagValue
    const hasValue = end - start > layout.claimBytes
    if (!isKnown || (hasValue && flags !== layout.flagValue)) throw read.badFrame(`RELEASE with flags ${flags}`)
    const value = bytes.subarray(start + layout.claimBytes, end)
    const number = layout.readU32(bytes, start + layout.baseBytes)
    this.#claims.release(this.#cacheMember(member), number, flags, bytes[start + 6] ?? 0, value)
  }

  /**
   * The member gives that claim up, if it is one. An invalidation cannot be given up: what waits for others goes on to
   * count for the member whose it is.
   */
  cancel(member: ConnectedMember, number: number): void {
    if (member.caches !== undefined) this.#claims.cancel(member.caches, number)
  }

  /** The member does not answer: nobody waits for what it wanted to load. */
  suspected(member: ConnectedMember): void {
    if (member.caches !== undefined) this.#claims.passOnAll(member.caches)
  }

  /** It is no member any more, but its process may not have noticed, and serve until its lease has run out. */
  leave(member: ConnectedMember): void {
    const left = member.caches
    if (left === undefined) return
    left.hasLeft = true
    this.#claims.leave(left)
    const mayServe = this.#invalidations.mayServe(left)
    for (const opened of left.opened.values()) {
      if (mayServe && opened.cache.holders.has(left)) opened.cache.ghosts.add(left)
      this.#takeOut(opened)
    }
    this.#invalidations.leave(left)
    for (const { cache } of left.opened.values()) this.#settleCache(cache)
  }

  /** A process has exited: whatever it held, it serves nothing any more. */
  processExited(pid: number): void {
    this.#ended(({ info }) => info.pid === pid)
  }

  /** A bus has come over a new link: it has emptied its caches when it gave up the one before. */
  succeeded(bus: string): void {
    this.#ended((member) => member.bus === bus)
  }

  #ended(isIt: (member: ConnectedMember) => boolean): void {
    for (const member of Array.from(this.#members)) {
      if (isIt(member.member)) this.#invalidations.ended(member)
    }
  }

  #cacheMember(member: ConnectedMember): CacheMember {
    if (member.caches === undefined) {
      member.caches = new CacheMember(member)
      this.#members.add(member.caches)
    }
    return member.caches
  }

  #opened(member: ConnectedMember, id: number): Opened {
    const opened = member.caches?.opened.get(id)
    if (opened === undefined) throw read.badFrame(`cache ${id} is not open`)
    return opened
  }

  #admit(opened: Opened): void {
    const { id, owner, cache, terms } = opened
    const { writer } = owner.member.outbox
    this.#options.written.add(owner.member)
    const difference = cache.differenceTo(terms)
    if (difference === undefined) {
      cache.refused.delete(opened)
      cache.holders.set(owner, opened)
      write.writeNumbers(writer, FrameKind.CACHED, 0, id, cache.number)
      return
    }
    cache.refused.add(opened)
    const text = read.failureText('BAD_OPTION', `others hold it with different options: ${difference}`)
    write.writeNumberAndText(writer, FrameKind.CACHED, id, text, layout.flagRefused)
  }

  #takeOut(opened: Opened): void {
    const { cache, owner } = opened
    if (cache.holders.get(owner) === opened) cache.holders.delete(owner)
    cache.refused.delete(opened)
  }

  /** When those who held it are gone, others may hold it on other terms; when all are gone, there is nothing to keep. */
  #settleCache(cache: SharedCache): void {
    if (cache.holders.size === 0) {
      for (const opened of cache.refused) {
        if (cache.differenceTo(opened.terms) === undefined) this.#admit(opened)
      }
    }
    if (!cache.isUnused || this.#byName.get(cache.name) !== cache) return
    this.#byName.delete(cache.name)
    this.#numbers.delete(cache.number)
  }

  /** A number of 32 bits that no cache has. */
  #freeNumber(): number {
    while (this.#numbers.has(this.#nextNumber)) this.#nextNumber = (this.#nextNumber + 1) >>> 0
    const number = this.#nextNumber
    this.#nextNumber = (number + 1) >>> 0
    return number
  }

  #outlived(ghost: CacheMember): void {
    this.#members.delete(ghost)
    for (const { cache } of ghost.opened.values()) {
      cache.ghosts.delete(ghost)
      this.#settleCache(cache)
    }
  }
}

function assertUnused(member: ConnectedMember, number: number): void {
  if (member.waitsFor(number)) throw read.badFrame(`request ${number} waits already`)
}
