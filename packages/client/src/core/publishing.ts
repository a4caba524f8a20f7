import { layout } from '@clusterbus/protocol'
import type { PublishOptions } from '../bus.ts'
import type { Counters } from './counters.ts'
import type { Flow } from './flow.ts'
import type { Outgoing } from './outgoing.ts'
import type { OutgoingTopics } from './outgoing-topics.ts'
import { encodeGivenHeaders, type Payloads } from './payloads.ts'

/** What messages are published with. */
export interface PublishingParts {
  readonly topics: OutgoingTopics
  readonly payloads: Payloads
  readonly outgoing: Outgoing
  readonly counters: Counters
  readonly flow: Flow
  /** A message was published, which is kept where there is no link. */
  readonly kept: () => void
}

/** Publishes messages that nobody waits for. */
export class Publishing {
  readonly #parts: PublishingParts

  constructor(parts: PublishingParts) {
    this.#parts = parts
  }

  /**
   * Returns whether the caller may go on without waiting. Throws what {@link Payloads.encode} throws, `NOT_ALLOWED`, and
   * `QUEUE_FULL`.
   */
  publish(name: string, given: unknown, options: PublishOptions): boolean {
    const { topics, payloads, outgoing, counters, flow, kept } = this.#parts
    const topic = topics.get(name, 'publish')
    topics.denied.assertAllowed(name)
    const headers = encodeGivenHeaders(options.headers, 'publish', name)
    const data = payloads.schemas === undefined ? given : payloads.schemas.published(given, 'publish', name)
    const flags = options.echo === false ? layout.flagNoEcho : 0
    if (headers !== undefined || !outgoing.publishShaped(topic, flags, data, payloads)) {
      outgoing.publish(topic, flags, headers, payloads.encode(data, 'publish', name))
    }
    counters.published += 1
    kept()
    return outgoing.hasRoom && !flow.isHeld
  }
}
