import { BusError, type Clock } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'

/** Bytes in an outbox from which on the members that feed it are held back, unless its limit is smaller. */
const highWaterBytes = 1024 * 1024

/** How full an outbox may become, and for how long. */
export interface PressureLimits {
  readonly queuedBytes: number
  /** How long an outbox may stay too full, in milliseconds, before its member is disconnected. */
  readonly stallMs: number
}

/**
 * Back-pressure between members. Whoever feeds an outbox that is too full is not read from until there is room again,
 * so that the bytes wait where they come from. A member that makes no room within `stallMs`, or whose outbox meets its
 * limit all the same, is disconnected: nobody waits for it for ever.
 */
export class Pressure {
  readonly #limits: PressureLimits
  readonly #highWaterBytes: number
  readonly #clock: Clock
  readonly #overflow: (member: ConnectedMember, reason: BusError) => void

  constructor(limits: PressureLimits, clock: Clock, overflow: (member: ConnectedMember, reason: BusError) => void) {
    this.#limits = limits
    this.#highWaterBytes = Math.min(highWaterBytes, limits.queuedBytes / 2)
    this.#clock = clock
    this.#overflow = overflow
  }

  /** Looks at an outbox that `feeder` has just added to. */
  check(member: ConnectedMember, feeder: ConnectedMember): void {
    const bytes = member.outbox.queuedBytes
    if (bytes > this.#limits.queuedBytes) {
      this.#overflow(member, this.#queueFull(member, `${bytes} bytes were queued for it`, bytes))
    } else if (bytes > this.#highWaterBytes && feeder.state === 'open') {
      this.#hold(feeder, member)
    }
  }

  /** Lets go on whoever waits for this outbox, if it has room again. */
  relieve(member: ConnectedMember): void {
    if (member.holding.size > 0 && member.outbox.queuedBytes <= this.#highWaterBytes / 2) this.#release(member)
  }

  /** A member is gone: nobody waits for it any more, and it for nobody. */
  leave(member: ConnectedMember): void {
    this.#release(member)
    for (const full of member.heldBy) full.holding.delete(member)
    member.heldBy.clear()
  }

  #hold(feeder: ConnectedMember, full: ConnectedMember): void {
    if (feeder.heldBy.size === 0) feeder.link.pause()
    feeder.heldBy.add(full)
    full.holding.add(feeder)
    full.cancelStall ??= this.#clock.after(this.#limits.stallMs, () => {
      const bytes = full.outbox.queuedBytes
      this.#overflow(full, this.#queueFull(full, `it took nothing for ${this.#limits.stallMs} ms`, bytes))
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
    const message = `member ${id} (${name}) was disconnected, because ${what}; its limit is ${this.#limits.queuedBytes}`
    return new BusError('QUEUE_FULL', message, { member: id, bytes, limit: this.#limits.queuedBytes })
  }
}
