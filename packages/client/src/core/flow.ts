import type { BusError } from '@clusterbus/protocol'
import { overrunError } from './ended.ts'
import type { Registration } from './registration.ts'

/** What the flow of messages is steered by. */
export interface FlowOwner {
  /** Whether there is a broker that could be told anything. */
  isConnected(): boolean
  /** Says to the broker whether any subscription of this bus is full. */
  tellFull(full: boolean): void
  /** Closes the link; a broker is looked for again. */
  giveUp(reason: BusError): void
  /** Keeps the process until {@link leave}. */
  stay(): void
  leave(): void
}

/**
 * Back-pressure that reaches from one handler to the publishers that feed it. A subscription that is full lets the broker
 * know, which asks those who publish to it to wait; and the same the other way round. It is asked and not enforced, so
 * that replies and whatever else a slow handler waits for still come through.
 */
export class Flow {
  readonly #owner: FlowOwner
  readonly #full = new Set<Registration>()
  #isHeld = false
  readonly #waiting: (() => void)[] = []

  constructor(owner: FlowOwner) {
    this.#owner = owner
  }

  /** Whether this bus was asked to publish no more for now. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  /** What waits in a subscription has met its limit. Returns whether there is a broker that will ask publishers to wait. */
  full(registration: Registration): boolean {
    if (!this.#owner.isConnected()) return false
    this.#full.add(registration)
    if (this.#full.size === 1) this.#owner.tellFull(true)
    return true
  }

  /** It has room again. */
  relieved(registration: Registration): void {
    if (this.#full.delete(registration) && this.#full.size === 0) this.#owner.tellFull(false)
  }

  /** What waits in a subscription has met its limit, and the link is to be given up for it. */
  overrun(registration: Registration): void {
    this.#owner.giveUp(overrunError(registration.pattern))
  }

  /** The broker asks this bus to publish no more for now, or to go on. */
  hold(held: boolean): void {
    this.#isHeld = held
    if (!held) for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves when this bus may go on publishing. */
  async released(): Promise<void> {
    if (!this.#isHeld) return
    this.#owner.stay()
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#owner.leave()
  }

  /** The link is gone, and all that was asked on it. */
  lost(): void {
    for (const registration of this.#full) registration.linkLost()
    this.#full.clear()
    this.hold(false)
  }
}
