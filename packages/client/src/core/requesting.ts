import { type BusError, type Clock, FrameKind, layout, type Limits, write } from '@clusterbus/protocol'
import type { Confirmation, ConfirmOptions, RequestOptions } from '../bus.ts'
import type { Untyped } from '../events.ts'
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
  /** A message was published, which is kept where there is no link. */
  readonly kept: () => void
}

/** Asks other members, and the broker, and waits for their answers: to a request, or to what became of a message. */
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

  /** Publishes, and waits for what becomes of the message. Throws what publishing throws; nothing was published then. */
  confirm(name: string, data: unknown, options: ConfirmOptions): Promise<Confirmation> {
    const { topics, payloads, outgoing, counters, kept } = this.#parts
    const topic = topics.get(name, 'publish')
    const headers = encodeGivenHeaders(options.headers, 'publish', name)
    const flags = options.echo === false ? layout.flagNoEcho : 0
    const payload = payloads.encodeChecked(data, 'publish', name)
    const handled = options.confirm === 'handled'
    const { timeout = defaultTimeoutMs, signal } = options
    return this.pending.begin('publish', name, timeout, signal, (number) => {
      outgoing.confirm({ topic, flags, headers, payload, number, handled })
      counters.published += 1
      kept()
    })
  }

  /** Ends all that wait, and asks nobody any more. */
  end(error: (call: string, topic: string) => BusError): void {
    this.#over = true
    this.pending.rejectAll(error)
  }

  #request(topic: OutgoingTopic, data: unknown, options: RequestOptions): Promise<Untyped> {
    const { name } = topic
    const { payloads, outgoing, counters } = this.#parts
    const headers = encodeGivenHeaders(options.headers, 'request', name)
    const payload = payloads.encodeChecked(data, 'request', name)
    counters.requests += 1
    return this.pending.begin('request', name, options.timeout ?? defaultTimeoutMs, options.signal, (request) => {
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
