import { assertTopic } from '@clusterbus/protocol'
import { DeniedTopics } from './denied-topics.ts'

/** Topics without a number that are remembered, so that they need not be checked again. */
const unnumberedMax = 4096

/** A topic as this bus publishes to it. */
export interface OutgoingTopic {
  readonly name: string
  readonly bytes: Buffer
  /** The broker's number for it; 0 while it has to be sent by name. */
  number: number
}

/** The topics that this bus publishes to: checked once, then known, and by number where the broker gave one. */
export class OutgoingTopics {
  /** Those that this bus may not publish to. */
  readonly denied: DeniedTopics = new DeniedTopics()
  readonly #unnumbered = new Map<string, OutgoingTopic>()
  readonly #numbered = new Map<string, OutgoingTopic>()
  readonly #byNumber = new Map<number, OutgoingTopic>()

  /** Throws `BAD_TOPIC` or `NOT_ALLOWED` for what may not be published to. */
  get(name: string, call: string): OutgoingTopic {
    const known = this.#numbered.get(name) ?? this.#unnumbered.get(name)
    if (known !== undefined) return known
    assertTopic(name, call)
    if (this.#unnumbered.size >= unnumberedMax) this.#unnumbered.clear()
    const topic = { name, bytes: Buffer.from(name), number: 0 }
    this.#unnumbered.set(name, topic)
    return topic
  }

  byNumber(number: number): OutgoingTopic | undefined {
    return this.#byNumber.get(number)
  }

  /** The broker has told a number: this bus publishes to that topic, or receives it and may publish to it later. */
  learn(name: string, number: number): void {
    const topic = this.#unnumbered.get(name) ?? { name, bytes: Buffer.from(name), number: 0 }
    this.#unnumbered.delete(name)
    topic.number = number
    this.#numbered.set(name, topic)
    this.#byNumber.set(number, topic)
  }

  /** The broker withdraws a number: from now on it is not used. What was written with it can still be read. */
  forget(number: number): void {
    const topic = this.#byNumber.get(number)
    if (topic?.number !== number) return
    if (this.#numbered.get(topic.name) === topic) this.#numbered.delete(topic.name)
    topic.number = 0
  }

  /** Another broker, or the same one anew: no number holds any more. */
  forgetAll(): void {
    for (const topic of this.#byNumber.values()) topic.number = 0
    this.#byNumber.clear()
    this.#numbered.clear()
    this.denied.forgetAll()
  }
}
