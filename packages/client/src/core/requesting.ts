import { type BusError, type Clock, FrameKind, type Limits, write } from '@clusterbus/protocol'
import type { RequestOptions, Untyped } from '../bus.ts'
import type { Counters } from './counters.ts'
import type { Outgoing } from './outgoing.ts'
import type { OutgoingTopic, OutgoingTopics } from './outgoing-topics.ts'
import { encodeGivenHeaders, type Payloads } from './payloads.ts'
import { PendingRequests } from './pending-requests.ts'

const defaultTimeoutMs = 5_000

/** What requests are made with. */
export interface RequestingParts {
  readonly topics: OutgoingTopics
  readonly payloads: Payloads
  readonly outgoing: Outgoing
  readonly counters: Counters
  readonly clock: Clock
  readonly limits: Limits
}

/** Asks other members, and the broker, and waits for their answers. */
export class Requesting {
  readonly pending: PendingRequests
  readonly #parts: RequestingParts
  #over = false

  constructor(parts: RequestingParts) {
    this.#parts = parts
    this.pending = new PendingRequests(parts.clock, parts.limits.pendingRequests, (number) => this.#cancel(number))
  }

  request(name: string, data: unknown, options: RequestOptions): Promise<Untyped> {
    return this.#request(this.#parts.topics.get(name, 'request'), data, options)
  }

  /** Asks the broker itself, under a topic that nobody else may use. */
  requestOfBroker(name: string): Promise<Untyped> {
    return this.#request({ name, bytes: Buffer.from(name), number: 0 }, undefined, {})
  }

  /** Ends all that wait, and asks nobody any more. */
  end(error: (topic: string) => BusError): void {
    this.#over = true
    this.pending.rejectAll(error)
  }

  #request(topic: OutgoingTopic, data: unknown, options: RequestOptions): Promise<Untyped> {
    const { name } = topic
    const { payloads, outgoing, counters } = this.#parts
    const headers = encodeGivenHeaders(options.headers, 'request', name)
    const payload = payloads.encode(data, 'request', name)
    counters.requests += 1
    return this.pending.begin(name, options.timeout ?? defaultTimeoutMs, options.signal, (request) => {
      outgoing.request(topic, request, headers, payload)
    })
  }

  #cancel(request: number): void {
    if (this.#over) return
    const { outgoing } = this.#parts
    write.writeNumber(outgoing.writer, FrameKind.CANCEL, request)
    outgoing.schedule()
  }
}
