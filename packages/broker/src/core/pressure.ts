import { BusError, type Clock, quoted } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'

/** How far a queue must shrink below the mark before its feeders are let go on, in bytes, unless the mark is small. */
const reliefBytes = 512 * 1024

/** How full an outbox may become, and for how long. */
export interface PressureLimits {
  readonly queuedBytes: number
  /** How long an outbox may stay over its mark, in milliseconds, before its member is disconnected. */
  readonly stallMs: number
}

/**
 * Back-pressure between members. The mark is a quarter of an outbox's limit: what is below it absorbs bursts. Whoever
 * feeds an outbox that is over it is not read from until there is room again, so that the bytes wait where they come
 * from. A member that makes no room within `stallMs`, or whose outbox meets its limit all the same, is disconnected:
 * nobody waits for it for ever.
 *
 * Feeders are held only while the outbox waits for its link. A drain of the link is certain to follow then, and with it
 * the moment to let them go on.
 */
export class Pressure {
  readonly #limits: PressureLimits
  readonly #markBytes: number
  readonly #clock: Clock
  readonly #stalled: (member: ConnectedMember, reason: BusError) => void

  constructor(limits: PressureLimits, clock: Clock, stalled: (member: ConnectedMember, reason: BusError) => void) {
    this.#limits = limits
    this.#markBytes = limits.queuedBytes / 4
    this.#clock = clock
    this.#stalled = stalled
  }

  /** Looks at an outbox that was just added to, by `feeder` where it was a member. Returns why it is over its limit. */
  check(member: ConnectedMember, feeder: ConnectedMember | undefined): BusError | undefined {
    const bytes = member.outbox.queuedBytes
    if (bytes > this.#limits.queuedBytes) {
      return this.#queueFull(member, `${bytes} bytes were queued for it`, bytes)
    }
    if (bytes > this.#markBytes && member.outbox.isWaiting && feeder?.state === 'open') this.#hold(feeder, member)
    return undefined
  }

  /** Lets go on whoever waits for this outbox, if it has room again. */
  relieve(member: ConnectedMember): void {
    const { outbox } = member
    const enough = this.#markBytes - Math.min(reliefBytes, this.#markBytes / 2)
    if (!outbox.isWaiting || outbox.queuedBytes <= enough) this.#release(member)
  }

  /** A member is gone: nobody waits for it any more, and it for nobody. */
  leave(member: ConnectedMember): void {
    this.#release(member)
    for (const full of member.heldBy) {
      full.holding.delete(member)
      if (full.holding.size === 0) this.#release(full)
    }
    member.heldBy.clear()
  }

  #hold(feeder: ConnectedMember, full: ConnectedMember): void {
    if (feeder.heldBy.size === 0) feeder.link.pause()
    feeder.heldBy.add(full)
    full.holding.add(feeder)
    full.cancelStall ??= this.#clock.after(this.#limits.stallMs, () => {
      const { stallMs } = this.#limits
      const what = `its queue stayed over ${this.#markBytes} bytes for ${stallMs} ms, while others waited`
      this.#stalled(full, this.#queueFull(full, what, full.outbox.queuedBytes))
    })
  }

  #release(full: ConnectedMember): void {
    full.cancelStall?.()
    full.cancelStall = undefined
    for (const feeder of full.holding) {
      feeder.heldBy.delete(full)
      if (feeder.heldBy.size === 0) feeder.link.resume()
    }
    full.holding.clear()
  }

  #queueFull(member: ConnectedMember, what: string, bytes: number): BusError {
    const { id, name } = member.info
    const limit = this.#limits.queuedBytes
    const message = `member ${id} (${quoted(name)}) was disconnected, because ${what}; limits.queuedBytes is ${limit}`
    return new BusError('QUEUE_FULL', message, { member: id, bytes, limit })
  }
}
