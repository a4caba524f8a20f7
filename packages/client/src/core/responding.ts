import { BusError, type Limits } from '@clusterbus/protocol'
import type { Message } from '../bus.ts'
import type { Counters } from './counters.ts'
import type { Outgoing } from './outgoing.ts'
import type { Payloads } from './payloads.ts'
import type { Registry } from './registry.ts'
import { refuse, replyTo, type Requester } from './replies.ts'

/** Brings requests of others to the responders of this bus, and their answers back. */
export class Responding {
  readonly #registry: Registry
  readonly #payloads: Payloads
  readonly #outgoing: Outgoing
  readonly #counters: Counters
  readonly #limits: Limits
  /** Changes with every link: an answer must not go out on another one than its request came in on. */
  #link = {}

  constructor(registry: Registry, payloads: Payloads, outgoing: Outgoing, counters: Counters, limits: Limits) {
    this.#registry = registry
    this.#payloads = payloads
    this.#outgoing = outgoing
    this.#counters = counters
    this.#limits = limits
  }

  /** The link is gone, or about to go: nobody waits for the answers any more. */
  linkEnded(): void {
    this.#link = {}
  }

  /** Handles a request, which the responder with that id was picked for. What cannot be decoded is refused. */
  requested(responderId: number | undefined, requester: Requester, decode: () => Message): void {
    const link = this.#link
    try {
      const message = decode()
      const taken = this.#registry.responder(responderId)?.handle(message, (outcome) => {
        if (link !== this.#link) return
        this.#counters.responses += 1
        if (this.#outgoing.queuedBytes > this.#limits.queuedBytes) return this.#refuse(requester, queueFull())
        replyTo(this.#outgoing, requester, message.topic, outcome, this.#payloads)
        this.#outgoing.schedule()
      })
      if (taken !== true) throw new BusError('NO_RESPONDERS', 'the responder has just ended')
    } catch (error) {
      if (!(error instanceof BusError)) throw error
      this.#refuse(requester, error)
    }
  }

  #refuse(requester: Requester, error: BusError): void {
    refuse(this.#outgoing, requester, error)
    this.#outgoing.schedule()
  }
}

function queueFull(): BusError {
  return new BusError('QUEUE_FULL', 'the responder has answered, but too much waits to be sent by it')
}
