import type { BusError, Clock } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'
import { drops, type MemberTerms } from './overflow/terms.ts'
import { queueFull, tooManyMessages } from './reasons.ts'

/** How far a queue must shrink below the mark before its feeders are let go on, in bytes, unless the mark is small. */
const reliefBytes = 512 * 1024

/**
 * Most messages in an outbox before its feeders are held. Together with what links hold they must find room in a
 * subscription that has just said that it is full, which is for 65,536 unless its bus says otherwise.
 */
const markMessagesMax = 8_192

/** How long an outbox may be how full; its limits are its member's own. */
export interface PressureLimits {
  /** How long an outbox may stay over its mark, in milliseconds, before its member is disconnected. */
  readonly stallMs: number
}

/**
 * Back-pressure between members. The mark is a quarter of an outbox's limits, and no more messages than a subscription has
 * room for when it is full: what is below it absorbs bursts. Whoever
 * feeds an outbox that is over it is not read from until there is room again, so that the bytes wait where they come
 * from. A member that makes no room within `stallMs`, or whose outbox meets its limit all the same, is disconnected:
 * nobody waits for it for ever. For a member that is not slow but silent nobody waits at all: its outbox fills. All this
 * is `block`. With other terms nobody is held: messages are dropped, or the member is disconnected at its limit; where
 * messages are dropped, only what cannot be dropped counts.
 *
 * Feeders are held only while the outbox waits for its link. A drain of the link is certain to follow then, and with it
 * the moment to let them go on.
 */
export class Pressure {
  readonly #limits: PressureLimits
  /** After how long a member that is sent more than it takes, and says nothing, is silent and not slow. */
  readonly #quietMs: number
  readonly #clock: Clock
  readonly #stalled: (member: ConnectedMember, reason: BusError) => void

  constructor(limits: PressureLimits, clock: Clock, stalled: (member: ConnectedMember, reason: BusError) => void) {
    this.#limits = limits
    this.#quietMs = limits.stallMs / 2
    this.#clock = clock
    this.#stalled = stalled
  }

  /** Looks at an outbox that was just added to, by `feeder` where it was a member. Returns why it is over its limit. */
  check(member: ConnectedMember, feeder: ConnectedMember | undefined): BusError | undefined {
    const { outbox, terms, trimmer } = member
    trimmer?.trim()
    if (!outbox.isWaiting) member.blockedAt = undefined
    else member.blockedAt ??= this.#clock.now()
    if (drops(terms)) return this.#checkControl(member)
    const bytes = outbox.queuedBytes
    if (bytes > terms.queuedBytes) return queueFull(member, `${bytes} bytes were queued for it`)
    if (outbox.messages > terms.memberMessages) return tooManyMessages(member)
    if (terms.overflow === 'disconnect' || feeder?.state !== 'open') return undefined
    const isOverMark = 4 * bytes > terms.queuedBytes || outbox.messages > markMessages(terms)
    if (isOverMark && outbox.isWaiting && !member.slowsNobody) this.#hold(feeder, member)
    return undefined
  }

  /** Lets go on whoever waits for this outbox, if it has room again. */
  relieve(member: ConnectedMember): void {
    const { outbox, terms } = member
    member.blockedAt = undefined
    const markBytes = terms.queuedBytes / 4
    const hasRoom =
      outbox.queuedBytes <= markBytes - Math.min(reliefBytes, markBytes / 2) &&
      2 * outbox.messages <= markMessages(terms)
    if (!outbox.isWaiting || hasRoom) this.release(member)
  }

  /** Lets go on whoever waits for this outbox. */
  release(full: ConnectedMember): void {
    full.cancelWatch?.()
    full.cancelWatch = undefined
    full.cancelStall?.()
    full.cancelStall = undefined
    for (const feeder of full.holding) {
      feeder.heldBy.delete(full)
      if (feeder.heldBy.size === 0) feeder.link.resume()
    }
    full.holding.clear()
  }

  /** A member is gone: nobody waits for it any more, and it for nobody. */
  leave(member: ConnectedMember): void {
    this.release(member)
    for (const full of member.heldBy) {
      full.holding.delete(member)
      if (full.holding.size === 0) this.release(full)
    }
    member.heldBy.clear()
  }

  #hold(feeder: ConnectedMember, full: ConnectedMember): void {
    const now = this.#clock.now()
    // Not since it was heard: one that had nothing to say until this burst came is no less alive for that.
    const silentMs = now - Math.max(full.heardAt, full.blockedAt ?? now)
    if (silentMs >= this.#quietMs) return this.#passOver(full)
    if (feeder.heldBy.size === 0) feeder.link.pause()
    feeder.heldBy.add(full)
    full.holding.add(feeder)
    full.cancelWatch ??= this.#clock.after(this.#quietMs - silentMs, () => this.#watch(full))
    full.cancelStall ??= this.#clock.after(this.#limits.stallMs, () => {
      const { stallMs } = this.#limits
      const mark = `${full.terms.queuedBytes / 4} bytes, or ${markMessages(full.terms)} messages,`
      this.#stalled(full, queueFull(full, `its queue stayed over ${mark} for ${stallMs} ms, while others waited`))
    })
  }

  /** A member that is alive says so now and then while it is sent a lot. */
  #watch(full: ConnectedMember): void {
    const silentMs = this.#clock.now() - full.heardAt
    if (silentMs < this.#quietMs) {
      full.cancelWatch = this.#clock.after(this.#quietMs - silentMs, () => this.#watch(full))
      return
    }
    this.#passOver(full)
  }

  /** Nobody waits for it from now on, until it is heard again. */
  #passOver(full: ConnectedMember): void {
    full.slowsNobody = true
    this.release(full)
  }

  #checkControl(member: ConnectedMember): BusError | undefined {
    const { writer, messageBytes } = member.outbox
    const bytes = writer.queuedBytes - messageBytes
    if (bytes <= member.terms.queuedBytes) return undefined
    return queueFull(member, `${bytes} bytes were queued for it that are no messages, and cannot be dropped`)
  }
}

function markMessages({ memberMessages }: MemberTerms): number {
  return Math.min(memberMessages / 4, markMessagesMax)
}
