import { cacheFrames, type Clock, FrameKind, layout, read, write } from '@clusterbus/protocol'
import type { Access } from '../access/access.ts'
import type { ConnectedMember } from '../connected-member.ts'
import { CacheMember } from './cache-member.ts'
import { CacheNames } from './cache-names.ts'
import { Claims } from './claims.ts'
import { Invalidations, keysOf, type LeaseLimits } from './invalidations.ts'
import type { Leasing } from './leasing.ts'
import type { Opened, SharedCache } from './shared-cache.ts'

/** Most caches that one member may have open. */
const cachesMax = 1_000
/** Most that the keys which one member has claimed may take in all, in bytes. */
const claimedBytesMax = 16 * 1024 * 1024

/** Why nothing was done. */
type Unheeded = 'full' | 'cache' | 'invalidate'

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
  /** Asks the app which caches members may hold and invalidate; without it, they may all. */
  readonly access?: Access | undefined
  /** Members whose outboxes are added to are put in here. */
  readonly written: Set<ConnectedMember>
  /** Hands over what was written when nothing was heard of a member. */
  flush(): void
}

/**
 * Who holds which cache, who has to hear of what is void in it, and who may load for all. The entries themselves, and
 * what they mean, the broker never sees.
 */
export class Caches implements Leasing {
  readonly #options: CachesOptions
  readonly #names = new CacheNames()
  /** Everybody who has or had a cache open and may still serve from it. */
  readonly #members = new Set<CacheMember>()
  readonly #invalidations: Invalidations
  readonly #claims: Claims

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
    return this.#names.count
  }

  /** Invalidations that wait for members, and claims that wait or were granted. */
  get waitingCount(): number {
    return this.#invalidations.count + this.#claims.count
  }

  follows(leasesUntil: number): void {
    this.#invalidations.formerUntil = Math.max(this.#invalidations.formerUntil, leasesUntil)
  }

  stopLeasing(): void {
    this.#invalidations.stopLeasing()
  }

  get leasesUntil(): number {
    return Math.max(this.#invalidations.formerUntil, ...Array.from(this.#members, ({ leaseEndsAt }) => leaseEndsAt))
  }

  /**
   * Handles a frame about caches. Returns why it has done nothing, if so: `full` for what would make the member wait for more
   * when it waits for as much as it may, or what the member may not do. Throws `BAD_FRAME`.
   */
  frame(
    member: ConnectedMember,
    kind: number | undefined,
    bytes: Buffer,
    start: number,
    end: number,
    isFull: boolean,
  ): Unheeded | undefined {
    switch (kind) {
      case FrameKind.CACHE:
        this.#open(member, bytes, start, end)
        return undefined
      case FrameKind.UNCACHE:
        this.#close(member, read.readNumber(bytes, start, end))
        return undefined
      case FrameKind.INVALIDATE:
        return this.#invalidate(member, bytes, start, end, isFull)
      case FrameKind.EVICTED:
        this.#invalidations.heeded(this.#cacheMember(member), read.readNumber(bytes, start, end))
        return undefined
      case FrameKind.RENEW:
        this.#invalidations.renew(this.#cacheMember(member), read.readNumber(bytes, start, end))
        return undefined
      case FrameKind.CLAIM:
        return this.#claim(member, bytes, start, end, isFull)
      case FrameKind.RELEASE:
        this.#release(member, bytes, start, end)
        return undefined
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
    const cache = this.#names.open(name)
    for (const other of owner.opened.values()) {
      if (other.cache === cache) throw read.badFrame('a cache that it has open already')
    }
    const mayHold = this.#options.access?.allows(member, 'cache', name) !== false
    const opened: Opened = { id, owner, cache, terms, mayHold }
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

  /** An INVALIDATE. Whether a member may hold the cache is another question. */
  #invalidate(
    member: ConnectedMember,
    bytes: Buffer,
    start: number,
    end: number,
    isFull: boolean,
  ): Unheeded | undefined {
    const keys = keysOf(bytes, start, end)
    const { owner, cache } = this.#opened(member, layout.readU32(bytes, start + 12))
    member.assertUnused(layout.readU32(bytes, start + 8))
    if (isFull) return 'full'
    if (this.#options.access?.allows(member, 'invalidate', cache.name) === false) return 'invalidate'
    this.#options.counters.invalidations += 1
    this.#claims.detach(cache, keys)
    this.#invalidations.begin(owner, cache, bytes, start, end)
    return undefined
  }

  /** A CLAIM. Whoever claims may be given what others have loaded, so it has to be allowed to hold the cache. */
  #claim(member: ConnectedMember, bytes: Buffer, start: number, end: number, isFull: boolean): Unheeded | undefined {
    const key = cacheFrames.readClaimedKey(bytes, start, end)
    const { owner, cache, mayHold } = this.#opened(member, layout.readU32(bytes, start + 12))
    const number = layout.readU32(bytes, start + 8)
    member.assertUnused(number)
    if (!mayHold) return 'cache'
    const keyBytes = end - start - layout.selectorsAt
    if (isFull || owner.claimedBytes + keyBytes > claimedBytesMax) return 'full'
    this.#claims.claim(owner, number, cache, key, keyBytes)
    return undefined
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
    let lingers = false
    for (const opened of left.opened.values()) {
      if (mayServe && opened.cache.holders.has(left)) {
        opened.cache.ghosts.add(left)
        lingers = true
      }
      this.#takeOut(opened)
    }
    // A lease is of no use to whoever holds nothing.
    if (!lingers) left.leaseEndsAt = 0
    this.#invalidations.leave(left)
    for (const { cache } of left.opened.values()) this.#settleCache(cache)
  }

  /** A process, or one thread of it, has exited: whatever it held, it serves nothing any more. */
  processExited(pid: number, thread: number | undefined): void {
    // What a member over a path says of its process may not be so.
    const isOne = ({ info }: ConnectedMember): boolean => info.pid === pid && info.kind !== 'socket'
    this.#ended((member) => isOne(member) && (thread === undefined || member.thread === thread))
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
    const { id, owner, cache } = opened
    const { writer } = owner.member.outbox
    this.#options.written.add(owner.member)
    const refusal = cache.refusalOf(opened)
    if (refusal === undefined) {
      cache.refused.delete(opened)
      cache.holders.set(owner, opened)
      write.writeNumbers(writer, FrameKind.CACHED, 0, id, cache.number)
      return
    }
    cache.refused.add(opened)
    write.writeNumberAndText(writer, FrameKind.CACHED, id, refusal, layout.flagRefused)
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
        if (cache.refusalOf(opened) === undefined) this.#admit(opened)
      }
    }
    this.#names.settle(cache)
  }

  #outlived(ghost: CacheMember): void {
    this.#members.delete(ghost)
    for (const { cache } of ghost.opened.values()) {
      cache.ghosts.delete(ghost)
      this.#settleCache(cache)
    }
  }
}
