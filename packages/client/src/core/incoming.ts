import {
  BusError,
  decodeHeaders,
  FrameKind,
  type Headers,
  jsonCodec,
  layout,
  noHeaders,
  read,
} from '@clusterbus/protocol'
import type { Message } from '../bus.ts'
import { confirmed, readRefused, replied } from './answers.ts'
import type { Barriers } from './barriers.ts'
import type { Caches } from './caches/caches.ts'
import type { Counters } from './counters.ts'
import type { Flow } from './flow.ts'
import { tellGap } from './gap.ts'
import { JsonRuns, notInRun } from './json-runs.ts'
import type { LocalSubscription } from './local-subscription.ts'
import type { OutgoingTopics } from './outgoing-topics.ts'
import type { Payloads } from './payloads.ts'
import type { PendingRequests } from './pending-requests.ts'
import type { Pulse } from './pulse.ts'
import type { Registry } from './registry.ts'
import type { Responding } from './responding.ts'
import type { Awaiting, Settling } from './settling.ts'
import { unreadableError } from './unreadable.ts'

/** Topics that came by name and are remembered with what matched them. */
const namedMax = 4096
const noneAtAll: readonly LocalSubscription[] = []

/** A topic as it comes in, with the plain subscriptions that match it. */
interface IncomingTopic {
  readonly name: string
  matching: readonly LocalSubscription[]
  version: number
}

/** What the broker says about the next frame. */
interface Announced {
  /** Group subscriptions, or the responder, that it is for. */
  readonly picked: readonly number[]
  /** Whether plain subscriptions take it too. */
  readonly plain: boolean
  /** Who waits for it to be handled. */
  readonly awaiting: Awaiting | undefined
}

/** What holds for a frame about which nothing else was said. */
const forPlain: Announced = { picked: [], plain: true, awaiting: undefined }

/** The parts of the bus that incoming frames go to. */
export interface IncomingParts {
  readonly registry: Registry
  readonly payloads: Payloads
  readonly counters: Counters
  readonly requests: PendingRequests
  readonly responding: Responding
  readonly settling: Settling
  readonly flow: Flow
  readonly topics: OutgoingTopics
  readonly barriers: Barriers
  readonly pulse: Pulse
  readonly caches: Caches
}

/** What incoming frames bring about elsewhere in the bus. */
export interface IncomingOwner {
  topicWithdrawn(number: number): void
  subscriptionRefused(id: number, error: BusError): void
  failed(error: BusError): void
}

/** Reads what the broker sends. */
export class Incoming {
  readonly #parts: IncomingParts
  readonly #owner: IncomingOwner
  readonly #jsonRuns = new JsonRuns()
  #numbered: (IncomingTopic | undefined)[] = []
  readonly #named = new Map<string, IncomingTopic>()
  #announced: Announced | undefined

  constructor(parts: IncomingParts, owner: IncomingOwner) {
    this.#parts = parts
    this.#owner = owner
  }

  /** Forgets what the last broker said. */
  reset(): void {
    this.#numbered = []
    this.#announced = undefined
    this.#jsonRuns.forget()
    this.#parts.settling.linkEnded()
    this.#parts.payloads.incomingShapes.forgetAll()
  }

  /** The chunk that frames were handed on from is through. */
  chunkEnded(): void {
    this.#jsonRuns.forget()
  }

  /** Handles one frame. Throws `BAD_FRAME` for what no broker would send. */
  frame(bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start + 4]
    switch (kind) {
      case FrameKind.PUBLISH: {
        const topic = this.#numbered[layout.readU32(bytes, start + layout.topicAt)]
        if (topic === undefined) throw read.badFrame('a topic number that was not told')
        return this.#dispatch(topic, bytes, start, start + layout.publishBytes, end)
      }
      case FrameKind.PUBLISH_NAMED: {
        const at = start + layout.publishBytes
        const name = read.readName(bytes, start, at, end)
        const payloadAt = at + layout.readU32(bytes, start + layout.topicAt)
        return this.#dispatch(this.#namedTopic(name), bytes, start, payloadAt, end)
      }
      case FrameKind.SHAPE:
        return this.#described(bytes, start, end)
      case FrameKind.GONE:
        return this.#parts.payloads.incomingShapes.forget(read.readNumber(bytes, start, end))
      case FrameKind.PICK:
        return this.#pick(bytes, start, end)
      case FrameKind.TRACK:
        return this.#track(bytes, start, end)
      case FrameKind.CONFIRMED:
        return confirmed(this.#parts.requests, bytes, start, end)
      case FrameKind.GAP: {
        const { picked, plain } = this.#announced ?? forPlain
        const wasPicked = this.#announced !== undefined
        this.#announced = undefined
        return tellGap(this.#parts, bytes, start, end, wasPicked ? picked : undefined, plain)
      }
      case FrameKind.REQUEST:
        return this.#requested(bytes, start, end)
      case FrameKind.REPLY:
        return replied(this.#parts, bytes, start, end)
      case FrameKind.TOPIC:
        return this.#told(bytes, start, end)
      case FrameKind.FORGET:
        return this.#owner.topicWithdrawn(read.readNumber(bytes, start, end))
      case FrameKind.PONG:
        return this.#parts.barriers.passed(read.readNumber(bytes, start, end))
      case FrameKind.HOLD:
        return this.#parts.flow.hold(read.readFlag(bytes, start, end))
      case FrameKind.BEAT:
        return this.#parts.pulse.asked(read.readNumber(bytes, start, end))
      case FrameKind.REFUSED: {
        const { id, code, message } = readRefused(bytes, start, end)
        const topic = this.#parts.registry.get(id)?.pattern
        return this.#owner.subscriptionRefused(id, new BusError(code, message, topic === undefined ? {} : { topic }))
      }
      case FrameKind.DENIED: {
        const error = this.#parts.topics.denied.told(this.#parts.counters, bytes, start, end)
        return error && this.#owner.failed(error)
      }
      default:
        return this.#parts.caches.frame(kind, bytes, start, end)
    }
  }

  #dispatch(topic: IncomingTopic, bytes: Buffer, start: number, at: number, end: number): void {
    const announced = this.#announced
    if (announced !== undefined) return this.#dispatchAnnounced(announced, topic, bytes, start, at, end)
    const matching = this.#matching(topic)
    if (matching.length === 0) return
    const message = this.#message(topic.name, bytes, start, at, end)
    if (message === undefined) return
    this.#parts.counters.received += 1
    for (const subscription of matching) subscription.deliver(message, end - at)
  }

  #dispatchAnnounced(
    { picked, plain, awaiting }: Announced,
    topic: IncomingTopic,
    bytes: Buffer,
    start: number,
    at: number,
    end: number,
  ): void {
    this.#announced = undefined
    const { registry, counters, settling } = this.#parts
    const chosen = registry.picked(picked)
    const takers = plain ? [...this.#matching(topic), ...chosen] : chosen
    const message = takers.length === 0 ? undefined : this.#message(topic.name, bytes, start, at, end)
    if (message === undefined) {
      for (const subscription of chosen) subscription.missed()
      // Where nobody takes it any more, there is nothing that could fail.
      if (awaiting !== undefined) settling.settle(awaiting, takers.length > 0)
      return
    }
    counters.received += 1
    if (awaiting !== undefined) settling.begin(message, awaiting, takers.length)
    for (const subscription of takers) subscription.deliver(message, end - at)
  }

  #matching(topic: IncomingTopic): readonly LocalSubscription[] {
    if (topic.version !== this.#parts.registry.version) {
      topic.matching = this.#parts.registry.matching(topic.name)
      topic.version = this.#parts.registry.version
    }
    return topic.matching
  }

  /** Decodes a message; what cannot be decoded is reported, and stops nothing. */
  #message(topic: string, bytes: Buffer, start: number, at: number, end: number): Message | undefined {
    try {
      return this.#decode(topic, bytes, start, at, end)
    } catch (error) {
      this.#parts.counters.undecodable += 1
      this.#owner.failed(unreadableError(error, topic))
      return undefined
    }
  }

  #decode(topic: string, bytes: Buffer, start: number, at: number, end: number): Message {
    const { payloads } = this.#parts
    const codec = bytes[start + 6] ?? 0
    const from = layout.readU32(bytes, start + layout.senderAt)
    const payloadAt = read.payloadStart(bytes, start, at, end)
    const headers: Headers = payloadAt === at ? noHeaders : decodeHeaders(bytes, at + 4, payloadAt)
    let data: unknown = notInRun
    if (((bytes[start + 5] ?? 0) & layout.flagShaped) !== 0) {
      data = payloads.decodeShaped(from, codec, bytes, payloadAt, end, topic)
    } else if (codec === jsonCodec.id && bytes[start + 4] === FrameKind.PUBLISH && payloads.readsPlainJson) {
      data = this.#jsonRuns.take(bytes, start, payloadAt, end)
    }
    if (data === notInRun) data = payloads.decode(codec, bytes, payloadAt, end, topic)
    if (payloads.schemas !== undefined) data = payloads.schemas.received(data, topic)
    return { topic, data, headers, from, codec: payloads.nameOf(codec), gap: 0 }
  }

  #requested(bytes: Buffer, start: number, end: number): void {
    const responder = this.#announced?.picked[0]
    this.#announced = undefined
    read.assertFrameBytes(start, end, layout.requestBytes, 'REQUEST')
    const topic = read.readName(bytes, start, start + layout.requestBytes, end)
    const at = start + layout.requestBytes + layout.readU32(bytes, start + layout.topicAt)
    const requester = {
      member: layout.readU32(bytes, start + layout.senderAt),
      request: layout.readU32(bytes, start + layout.requestAt),
    }
    this.#parts.responding.requested(responder, requester, () => this.#asRequest(topic, bytes, start, at, end))
  }

  /** A request that cannot be read is refused, whatever is wrong with it. */
  #asRequest(topic: string, bytes: Buffer, start: number, at: number, end: number): Message {
    try {
      return this.#decode(topic, bytes, start, at, end)
    } catch (error) {
      throw unreadableError(error, topic)
    }
  }

  #told(bytes: Buffer, start: number, end: number): void {
    read.assertFrameBytes(start, end, 13, 'TOPIC')
    const number = layout.readU32(bytes, start + 8)
    const name = bytes.toString('utf8', start + 12, end)
    this.#numbered[number] = { name, matching: noneAtAll, version: -1 }
    this.#parts.topics.learn(name, number)
  }

  #described(bytes: Buffer, start: number, end: number): void {
    read.assertFrameBytes(start, end, layout.shapeBytes + 1, 'SHAPE')
    const sender = layout.readU32(bytes, start + layout.senderAt)
    const description = bytes.subarray(start + layout.shapeBytes, end)
    this.#parts.payloads.incomingShapes.describe(sender, bytes[start + 6] ?? 0, description)
  }

  #pick(bytes: Buffer, start: number, end: number): void {
    read.assertFrameBytes(start, end, 12, 'PICK')
    const count = layout.readU32(bytes, start + 8)
    read.assertFrameExact(start, end, 12 + 4 * count, 'PICK')
    const picked = Array.from({ length: count }, (_, index) => layout.readU32(bytes, start + 12 + 4 * index))
    const plain = ((bytes[start + 5] ?? 0) & layout.flagPlain) !== 0
    this.#announced = { picked, plain, awaiting: undefined }
  }

  #track(bytes: Buffer, start: number, end: number): void {
    const [publisher = 0, number = 0] = read.readNumbers(bytes, start, end, 2)
    this.#announced = { ...(this.#announced ?? forPlain), awaiting: { publisher, number } }
  }

  #namedTopic(name: string): IncomingTopic {
    let topic = this.#named.get(name)
    if (topic === undefined) {
      if (this.#named.size >= namedMax) this.#named.clear()
      this.#named.set(name, (topic = { name, matching: noneAtAll, version: -1 }))
    }
    return topic
  }
}
