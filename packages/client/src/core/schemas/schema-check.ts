import { PatternIndex } from '@clusterbus/protocol'
import type { Schema, Validation } from '../../schemas.ts'
import { closest } from './closest.ts'
import { type Place, validated } from './validated.ts'

/** What is known of a topic, or of all topics that match a pattern. */
export interface TopicSchemas {
  readonly pattern: string
  readonly data: Schema | undefined
  readonly reply: Schema | undefined
}

/** Topics whose schemas are remembered, so that they need not be looked for again. */
const knownMax = 4096

/** Holds data against the schema of its topic, on the sides where that was asked for. */
export class SchemaCheck {
  readonly #index = new PatternIndex<TopicSchemas>()
  readonly #known = new Map<string, TopicSchemas | undefined>()
  readonly #atPublish: boolean
  readonly #atDeliver: boolean

  constructor(schemas: readonly TopicSchemas[], validation: Validation) {
    for (const each of schemas) this.#index.set(each.pattern, each)
    this.#atPublish = validation !== 'deliver'
    this.#atDeliver = validation !== 'publish'
  }

  /** What is sent of what the call named `call` was given. Throws `UNENCODABLE`. */
  published(data: unknown, call: string, topic: string): unknown {
    return this.#atPublish ? check(this.#find(topic)?.data, data, { side: 'sending', call, topic }) : data
  }

  /** What is sent of what a responder has answered. Throws `UNENCODABLE`. */
  replied(value: unknown, topic: string): unknown {
    return this.#atPublish ? check(this.#find(topic)?.reply, value, { side: 'sending', call: 'respond', topic }) : value
  }

  /** What is handed over of the data of a message, or of a request. Throws `UNDECODABLE`. */
  received(data: unknown, topic: string): unknown {
    return this.#atDeliver ? check(this.#find(topic)?.data, data, { side: 'arriving', call: 'message', topic }) : data
  }

  /** What a request resolves with, of what has been answered. Throws `UNDECODABLE`. */
  answered(value: unknown, topic: string): unknown {
    return this.#atDeliver ? check(this.#find(topic)?.reply, value, { side: 'arriving', call: 'reply', topic }) : value
  }

  #find(topic: string): TopicSchemas | undefined {
    const known = this.#known.get(topic)
    if (known !== undefined || this.#known.has(topic)) return known
    const found = closest(this.#index.match(topic))
    if (this.#known.size >= knownMax) this.#known.clear()
    this.#known.set(topic, found)
    return found
  }
}

function check(schema: Schema | undefined, value: unknown, place: Place): unknown {
  return schema === undefined ? value : validated(schema, value, place)
}
