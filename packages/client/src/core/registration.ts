import { type BusError, quoted } from '@clusterbus/protocol'
import type { Handler, SlowEvent, Subscription } from '../bus.ts'
import { closedError } from './ended.ts'
import type { Flow } from './flow.ts'
import type { Inward } from './hooks/inward.ts'
import type { RunningHandlers } from './running-handlers.ts'
import type { Settling } from './settling.ts'

/** What a registration needs from its bus. */
export interface RegistrationOwner {
  readonly running: RunningHandlers
  /** What stands around handlers. */
  readonly hooks: { readonly inward: Inward }
  readonly settling: Settling
  readonly flow: Flow
  /** Whether there is a broker that may have sent something. */
  readonly isConnected: boolean
  /** Asks the broker to send it nothing more. */
  leaveBroker(registration: Registration): void
  /** Stops handing anything to it. */
  forget(registration: Registration): void
  /**
   * Resolves when the broker has handled all that this bus said before. If the link is lost, it holds for the next
   * broker, or fails unless it `survives`.
   */
  barrier(survives?: boolean): Promise<void>
  /** Something failed that no call can report. */
  failed(error: BusError): void
  /** A message was dropped. */
  dropped(): void
  slow(event: SlowEvent): void
}

/** What was asked for, as it stands with the broker. */
export interface RegistrationSpec {
  readonly id: number
  readonly pattern: string
  readonly group: string | undefined
  /** Messages after which it ends; 0 for never. */
  readonly max: number
  readonly responder: boolean
  /** Without one, messages wait for an iterator. */
  readonly handler: Handler | undefined
}

/**
 * `active`: takes messages. `draining`: the broker was asked to stop; what is on its way is still taken. `finishing`:
 * takes nothing more, works off what waits. `closed`: over.
 */
type State = 'active' | 'draining' | 'finishing' | 'closed'

/** What subscriptions and responders have in common: how they begin and how they end. */
export abstract class Registration implements Subscription {
  readonly spec: RegistrationSpec
  readonly closed: Promise<void>
  protected readonly owner: RegistrationOwner
  #state: State = 'active'
  #refused: BusError | undefined
  #ready: Promise<void> | undefined
  #resolveClosed: () => void = () => undefined

  constructor(spec: RegistrationSpec, owner: RegistrationOwner) {
    this.spec = spec
    this.owner = owner
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve))
  }

  get pattern(): string {
    return this.spec.pattern
  }

  get group(): string | undefined {
    return this.spec.group
  }

  /** Whether the broker should have it. */
  get isActive(): boolean {
    return this.#state === 'active'
  }

  protected get takesMessages(): boolean {
    return this.#state === 'active' || this.#state === 'draining'
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** Messages that it takes before it ends; 0 for no end. */
  get remaining(): number {
    return 0
  }

  /** Why the broker would not have it. */
  get refusal(): BusError | undefined {
    return this.#refused
  }

  get ready(): Promise<void> {
    if (this.#ready === undefined) {
      const refused = (): void => {
        if (this.#refused !== undefined) throw this.#refused
      }
      // A barrier that survives its link fails only with its bus.
      this.#ready = this.owner.barrier().then(refused, () => Promise.reject(this.#busClosed()))
      // Whoever awaits it hears of a failure; whoever does not must not be brought down by it.
      this.#ready.catch(() => undefined)
    }
    return this.#ready
  }

  unsubscribe(): void {
    if (this.#state === 'closed') return
    if (this.#state === 'active') this.owner.leaveBroker(this)
    this.dropWaiting()
    this.#close()
  }

  async drain(): Promise<void> {
    // Called by its own handler, it must not wait for that.
    const ownHandler = this.owner.running.isCurrent(this)
    this.leave()
    if (this.#state === 'draining') {
      // Without a link nothing is on its way.
      if (this.owner.isConnected) await this.owner.barrier(false).catch(() => undefined)
      this.finish()
    }
    if (this.spec.handler !== undefined && !ownHandler) await this.closed
  }

  /** Asks the broker to send it nothing more; what is on its way is still taken. */
  leave(): void {
    if (this.#state !== 'active') return
    this.#state = 'draining'
    this.owner.leaveBroker(this)
  }

  /** Takes nothing more, and closes when all that waits has been worked off. */
  finish(): void {
    if (!this.takesMessages) return
    if (this.#state === 'active') this.owner.leaveBroker(this)
    this.#state = 'finishing'
    // Publishers need not wait for what nobody sends it any more.
    this.owner.flow.relieved(this)
    this.owner.forget(this)
    this.closeWhenDone()
  }

  #busClosed(): BusError {
    const { pattern, responder } = this.spec
    return closedError(`${responder ? 'respond' : 'subscribe'}(${quoted(pattern)})`, pattern)
  }

  /** The broker will not have it. */
  refuse(error: BusError): void {
    this.#refused = error
    this.dropWaiting()
    this.#close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.unsubscribe()
    await this.closed
  }

  /** The link is lost, and with it what was asked of publishers. */
  linkLost(): void {}

  /** Whether nothing waits and no handler runs. */
  protected abstract get isDone(): boolean
  protected abstract dropWaiting(): void
  /** Called once, when it has closed. */
  protected abstract ended(): void

  protected closeWhenDone(): void {
    if (this.#state === 'finishing' && this.isDone) this.#close()
  }

  #close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.owner.forget(this)
    this.ended()
    this.#resolveClosed()
  }
}
