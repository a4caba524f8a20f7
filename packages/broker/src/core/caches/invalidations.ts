import { cacheFrames, type Clock, FrameKind, layout, read, write } from '@clusterbus/protocol'
import type { ConnectedMember } from '../connected-member.ts'
import type { CacheMember } from './cache-member.ts'
import type { SharedCache } from './shared-cache.ts'

/** An invalidation whose sender waits until all others have heeded it, or may serve no more. */
export interface Invalidation {
  readonly origin: CacheMember
  /** The sender's number for it. */
  readonly number: number
  /** Members that were told, or whose lease outlives them. */
  members: number
  /** Those of them that have not heeded it, but whose lease has run out. */
  fenced: number
  /** Those of them that neither has happened to. */
  waiting: number
}

/** How long a member may serve from its copies. */
export interface LeaseLimits {
  /** For so long after it has asked, in milliseconds. */
  readonly leaseMs: number
  /** The broker waits for that much longer, in milliseconds: timers are late, and clocks run apart. */
  readonly marginMs: number
  /**
   * Called before a lease is given, and before it is said that an invalidation has been heeded: closes the links of
   * members to whom that may not be said, because another broker has taken them over.
   */
  readonly verify?: () => void
}

/** What holds where nothing else is asked for. */
export const defaultLeases: LeaseLimits = { leaseMs: 1_500, marginMs: 500 }

export interface InvalidationsOwner {
  /** Members whose outboxes are added to are put in here. */
  readonly written: Set<ConnectedMember>
  /** Somebody that nothing was heard of has been written to. */
  flush(): void
  /** Everything that such a member could have served is void. */
  outlived(ghost: CacheMember): void
  /** A member did not heed an invalidation before its lease ran out. */
  fenced(): void
}

/**
 * The promise that nobody serves what was invalidated: leases are given here, and nowhere else is waited for them.
 *
 * A lease counts from when its member asked for it, and here from when it was given, which is later; so it has ended
 * there when it ends here. The link keeps the order: an eviction that was sent before a lease is heeded before that lease
 * is taken. What waits for a member therefore waits for the lease that it had when it was told, and for no later one.
 */
export class Invalidations {
  readonly #limits: LeaseLimits
  readonly #clock: Clock
  readonly #owner: InvalidationsOwner
  /** Until when members of a broker that was here before may serve. */
  formerUntil: number
  /** Invalidations that wait for those. */
  readonly #waitForFormer = new Set<Invalidation>()
  #givesLeases = true
  #count = 0

  constructor(limits: LeaseLimits, clock: Clock, formerUntil: number, owner: InvalidationsOwner) {
    this.#limits = limits
    this.#clock = clock
    this.formerUntil = formerUntil
    this.#owner = owner
  }

  /** Invalidations that wait for members. */
  get count(): number {
    return this.#count
  }

  /** Gives a member a lease, if it is there to use it. */
  renew(member: CacheMember, number: number): void {
    // Whoever hears that a path was lost may close the broker in the same call.
    this.#limits.verify?.()
    if (member.hasEnded || member.hasLeft || !this.#givesLeases) return
    const { leaseMs, marginMs } = this.#limits
    member.leaseEndsAt = this.#clock.now() + leaseMs + marginMs
    write.writeNumbers(member.member.outbox.writer, FrameKind.LEASE, 0, number, leaseMs)
    this.#owner.written.add(member.member)
  }

  /** Gives no lease from here on: another broker waits for those that were given, and for no later ones. */
  stopLeasing(): void {
    this.#givesLeases = false
  }

  /** Whether it may serve from its copies, as far as the broker can know. */
  mayServe(member: CacheMember): boolean {
    return member.leaseEndsAt > this.#clock.now()
  }

  /** Tells all others that hold the cache what is void, with the INVALIDATE of `origin` from `start` to `end`. */
  begin(origin: CacheMember, cache: SharedCache, bytes: Buffer, start: number, end: number): void {
    const invalidation = { origin, number: layout.readU32(bytes, start + 8), members: 0, fenced: 0, waiting: 0 }
    bytes[start + 4] = FrameKind.EVICT
    layout.writeU32(bytes, start + 8, 0)
    layout.writeU32(bytes, start + 12, cache.number)
    origin.invalidating.set(invalidation.number, invalidation)
    this.#count += 1
    for (const holder of cache.holders.keys()) {
      if (holder === origin) continue
      holder.member.outbox.append(bytes, start, end)
      this.#owner.written.add(holder.member)
      this.#awaitMember(holder, invalidation)
    }
    for (const ghost of cache.ghosts) this.#awaitMember(ghost, invalidation)
    this.#awaitFormer(invalidation)
    this.#endWhenHeeded(invalidation)
  }

  /** A member has heeded so many more evictions. Throws `BAD_FRAME` for more than it was told of. */
  heeded(member: CacheMember, count: number): void {
    if (count > member.told - member.heeded) throw read.badFrame(`${count} evictions heeded that it was not told of`)
    member.heeded += count
    for (const [told, { invalidation }] of member.owed) {
      if (told > member.heeded) return
      member.owed.delete(told)
      this.#settle(invalidation, false)
    }
  }

  /** A member waits for nothing any more. What waits for it goes on to, for as long as it may serve. */
  leave(member: CacheMember): void {
    this.#count -= member.invalidating.size
    member.invalidating.clear()
    if (this.mayServe(member)) this.#watch(member)
    else this.#settleAll(member)
  }

  /** The member serves nothing any more, and will not: its process has exited, or its bus is another member now. */
  ended(member: CacheMember): void {
    member.hasEnded = true
    member.leaseEndsAt = 0
    member.cancelWatch?.()
    member.cancelWatch = undefined
    this.#settleAll(member)
  }

  #awaitMember(member: CacheMember, invalidation: Invalidation): void {
    invalidation.members += 1
    member.told += 1
    if (!this.mayServe(member)) {
      invalidation.fenced += 1
      return
    }
    invalidation.waiting += 1
    member.owed.set(member.told, { invalidation, endsAt: member.leaseEndsAt })
    this.#watch(member)
  }

  #awaitFormer(invalidation: Invalidation): void {
    const remainingMs = this.formerUntil - this.#clock.now()
    if (remainingMs <= 0) return
    invalidation.waiting += 1
    this.#waitForFormer.add(invalidation)
    if (this.#waitForFormer.size === 1) this.#clock.after(Math.max(1, remainingMs), () => this.#formerOver())
  }

  #formerOver(): void {
    const waiting = [...this.#waitForFormer]
    this.#waitForFormer.clear()
    for (const invalidation of waiting) this.#release(invalidation)
    this.#owner.flush()
  }

  /** Looks again when the first of what waits for a member need not wait any longer, or a ghost is one no more. */
  #watch(member: CacheMember): void {
    if (member.cancelWatch !== undefined) return
    const [oldest] = member.owed.values()
    const endsAt = oldest?.endsAt ?? (member.hasLeft ? member.leaseEndsAt : undefined)
    if (endsAt === undefined) return
    // A timer may be early by a fraction.
    member.cancelWatch = this.#clock.after(Math.max(1, endsAt - this.#clock.now()), () => this.#look(member))
  }

  #look(member: CacheMember): void {
    member.cancelWatch = undefined
    const now = this.#clock.now()
    for (const [told, { invalidation, endsAt }] of member.owed) {
      if (endsAt > now) break
      member.owed.delete(told)
      this.#owner.fenced()
      this.#settle(invalidation, true)
    }
    if (member.hasLeft && !this.mayServe(member)) this.#owner.outlived(member)
    else this.#watch(member)
    this.#owner.flush()
  }

  #settleAll(member: CacheMember): void {
    for (const { invalidation } of member.owed.values()) this.#settle(invalidation, false)
    member.owed.clear()
    if (member.hasLeft) this.#owner.outlived(member)
  }

  #settle(invalidation: Invalidation, fenced: boolean): void {
    if (fenced) invalidation.fenced += 1
    this.#release(invalidation)
  }

  #release(invalidation: Invalidation): void {
    invalidation.waiting -= 1
    this.#endWhenHeeded(invalidation)
  }

  #endWhenHeeded(invalidation: Invalidation): void {
    const { origin, number, members, fenced, waiting } = invalidation
    if (waiting > 0 || origin.invalidating.get(number) !== invalidation) return
    origin.invalidating.delete(number)
    this.#count -= 1
    this.#limits.verify?.()
    write.writeNumbers(origin.member.outbox.writer, FrameKind.INVALIDATED, 0, number, members, fenced)
    this.#owner.written.add(origin.member)
  }
}

/** The keys that an INVALIDATE names, or `all` where it names anything else. Throws `BAD_FRAME` for what no receiver could read. */
export function keysOf(bytes: Buffer, start: number, end: number): string[] | 'all' {
  const keys: string[] = []
  let isMore = false
  cacheFrames.eachSelector(bytes, start, end, (kind, at, textEnd) => {
    if (kind === 'key') keys.push(bytes.toString('utf8', at, textEnd))
    else isMore = true
  })
  return isMore ? 'all' : keys
}
