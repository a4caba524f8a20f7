import type { Clock } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'

/** When silence means something. */
export interface LivenessLimits {
  /** How long a member may be silent before it is asked whether it is there, in milliseconds. */
  readonly heartbeatMs: number
  /** How long it may then stay silent before it is disconnected, in milliseconds. */
  readonly silenceMs: number
  /**
   * The same for a thread whose link closes when the thread ends, in milliseconds: it is there as long as its link is, and
   * threads are what one computes in. Default: without end.
   */
  readonly threadSilenceMs?: number
}

/** What holds where nothing else is asked for. */
export const defaultLiveness: LivenessLimits = { heartbeatMs: 500, silenceMs: 10_000 }

/** What silence brings about elsewhere in the broker. */
export interface LivenessOwner {
  members(): Iterable<ConnectedMember>
  /** Asks the member whether it is there; anything that it says is an answer. */
  ask(member: ConnectedMember): void
  /** The member has left some questions unanswered: it may be stopped, or its event loop blocked. */
  suspected(member: ConnectedMember): void
  /** A suspect has spoken again. */
  recovered(member: ConnectedMember): void
  /** The member was silent for longer than `timeoutMs`. */
  silent(member: ConnectedMember, silentMs: number, timeoutMs: number): void
}

/** Questions that a member may leave unanswered before it is suspect. */
const unansweredMax = 3

/**
 * Finds members that are stopped or blocked, by their silence. The exit of a process closes its link, and that is heard
 * of at once; this is for what leaves the link open. Silence counts from a question, and only while the broker itself
 * runs: a broker that was stopped for a minute does not take its members for silent.
 */
export class Liveness {
  readonly #limits: LivenessLimits
  readonly #suspectMs: number
  readonly #clock: Clock
  readonly #owner: LivenessOwner
  #cancelTick: (() => void) | undefined
  #tickedAt = 0

  constructor(limits: LivenessLimits, clock: Clock, owner: LivenessOwner) {
    this.#limits = limits
    this.#suspectMs = Math.min(unansweredMax * limits.heartbeatMs, limits.silenceMs / 2)
    this.#clock = clock
    this.#owner = owner
  }

  /** A member has come. */
  joined(member: ConnectedMember): void {
    member.heardAt = this.#clock.now()
    if (this.#cancelTick !== undefined) return
    this.#tickedAt = member.heardAt
    this.#schedule()
  }

  /** A member has gone: with the last one the clock stops. */
  left(): void {
    for (const _ of this.#owner.members()) return
    this.#cancelTick?.()
    this.#cancelTick = undefined
  }

  /** The member has said something, whatever it is. */
  heard(member: ConnectedMember): void {
    member.heardAt = this.#clock.now()
    member.askedAt = undefined
    member.slowsNobody = false
    if (!member.isSuspect) return
    member.isSuspect = false
    this.#owner.recovered(member)
  }

  readonly #tick = (): void => {
    const now = this.#clock.now()
    const wasAway = now - this.#tickedAt > 2 * this.#limits.heartbeatMs
    this.#tickedAt = now
    this.#schedule()
    for (const member of this.#owner.members()) {
      if (member.askedAt !== undefined && wasAway) member.askedAt = now
      this.#look(member, now)
    }
  }

  #schedule(): void {
    this.#cancelTick = this.#clock.after(this.#limits.heartbeatMs, this.#tick)
  }

  #look(member: ConnectedMember, now: number): void {
    // It shares the event loop of whoever asks: when it is blocked, nobody is there to ask.
    if (member.info.kind === 'primary') return
    // It is not read from while it is held back, so its silence says nothing.
    if (member.heldBy.size > 0) {
      if (member.askedAt !== undefined) member.askedAt = now
      return
    }
    if (member.askedAt === undefined) {
      if (now - member.heardAt < this.#limits.heartbeatMs) return
      member.askedAt = now
      this.#owner.ask(member)
      return
    }
    const silentMs = now - member.askedAt
    const { silenceMs, threadSilenceMs = Infinity } = this.#limits
    const timeoutMs = member.mayCompute ? threadSilenceMs : silenceMs
    if (silentMs >= timeoutMs) {
      this.#owner.silent(member, silentMs, timeoutMs)
    } else if (silentMs >= this.#suspectMs && !member.isSuspect) {
      member.isSuspect = true
      member.slowsNobody = true
      this.#owner.suspected(member)
    }
  }
}
