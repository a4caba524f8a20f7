import {
  BusError,
  decodeHeaders,
  describeThrown,
  FrameKind,
  type Headers,
  jsonCodec,
  layout,
  noHeaders,
  read,
} from '@clusterbus/protocol'
import type { Message } from '../bus.ts'
import type { Counters } from './counters.ts'
import { JsonRuns, notInRun } from './json-runs.ts'
import type { LocalSubscription } from './local-subscription.ts'
import type { Payloads } from './payloads.ts'
import type { PendingRequests } from './pending-requests.ts'
import type { Registry } from './registry.ts'
import type { Responding } from './responding.ts'

/** Topics that came by name and are remembered with what matched them. */
const namedMax = 4096
const noneAtAll: readonly LocalSubscription[] = []

/** A topic as it comes in, with the plain subscriptions that match it. */
interface IncomingTopic {
  readonly name: string
  matching: readonly LocalSubscription[]
  version: number
}

/** The parts of the bus that incoming frames go to. */
export interface IncomingParts {
  readonly registry: Registry
  readonly payloads: Payloads
  readonly counters: Counters
  readonly requests: PendingRequests
  readonly responding: Responding
}

/** What incoming frames bring about elsewhere in the bus. */
export interface IncomingOwner {
  topicTold(name: string, number: number): void
  topicWithdrawn(number: number): void
  barrierPassed(number: number): void
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
  /** Group subscriptions, or the responder, that the next frame is for. */
  #picked: number[] | undefined
  #pickedPlain = false

  constructor(parts: IncomingParts, owner: IncomingOwner) {
    this.#parts = parts
    this.#owner = owner
  }

  /** Forgets what the last broker said. */
  reset(): void {
    this.#numbered = []
    this.#picked = undefined
    this.#jsonRuns.forget()
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
      case FrameKind.REQUEST:
        return this.#requested(bytes, start, end)
      case FrameKind.REPLY:
        return this.#replied(bytes, start, end)
      case FrameKind.TOPIC:
        return this.#told(bytes, start, end)
      case FrameKind.FORGET:
        return this.#owner.topicWithdrawn(read.readNumber(bytes, start, end))
      case FrameKind.PONG:
        return this.#owner.barrierPassed(read.readNumber(bytes, start, end))
      case FrameKind.REFUSED: {
        read.assertFrameBytes(start, end, 12, 'REFUSED')
        const { code, message } = read.readFailure(bytes.toString('utf8', start + 12, end))
        return this.#owner.subscriptionRefused(layout.readU32(bytes, start + 8), new BusError(code, message))
      }
      default:
        throw read.badFrame(`unknown kind ${kind}`)
    }
  }

  #dispatch(topic: IncomingTopic, bytes: Buffer, start: number, at: number, end: number): void {
    const picked = this.#picked
    this.#picked = undefined
    const plain = picked === undefined || this.#pickedPlain ? this.#matching(topic) : noneAtAll
    const chosen = picked === undefined ? noneAtAll : this.#parts.registry.picked(picked)
    if (plain.length === 0 && chosen.length === 0) return
    const message = this.#message(topic.name, bytes, start, at, end)
    if (message === undefined) {
      for (const subscription of chosen) subscription.missed()
      return
    }
    this.#parts.counters.received += 1
    for (const subscription of plain) subscription.deliver(message)
    for (const subscription of chosen) subscription.deliver(message)
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
      this.#owner.failed(asBusError(error, topic))
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
    return { topic, data, headers, from, codec: payloads.nameOf(codec) }
  }

  #requested(bytes: Buffer, start: number, end: number): void {
    const [responder] = this.#picked ?? []
    this.#picked = undefined
    read.assertFrameBytes(start, end, layout.requestBytes, 'REQUEST')
    const topic = read.readName(bytes, start, start + layout.requestBytes, end)
    const at = start + layout.requestBytes + layout.readU32(bytes, start + layout.topicAt)
    const requester = {
      member: layout.readU32(bytes, start + layout.senderAt),
      request: layout.readU32(bytes, start + layout.requestAt),
    }
    this.#parts.responding.requested(responder, requester, () => this.#asRequest(topic, bytes, start, at, end))
  }

  #replied(bytes: Buffer, start: number, end: number): void {
    read.assertFrameBytes(start, end, layout.requestBytes, 'REPLY')
    const number = layout.readU32(bytes, start + layout.requestAt)
    const topic = this.#parts.requests.topicOf(number)
    if (topic === undefined) return
    const flags = bytes[start + 5] ?? 0
    const at = start + layout.requestBytes
    try {
      if ((flags & layout.flagRefused) !== 0) {
        const { code, message } = read.readFailure(bytes.toString('utf8', at, end))
        throw new BusError(code, `request(${JSON.stringify(topic)}): ${message}`, { topic })
      }
      if ((flags & layout.flagFailed) !== 0) throw remoteError(topic, bytes.toString('utf8', at, end))
      this.#parts.requests.settle(
        number,
        this.#parts.payloads.decode(bytes[start + 6] ?? 0, bytes, at, end, topic),
        false,
      )
    } catch (error) {
      this.#parts.requests.settle(number, asBusError(error, topic), true)
    }
  }

  /** A request that cannot be read is refused, whatever is wrong with it. */
  #asRequest(topic: string, bytes: Buffer, start: number, at: number, end: number): Message {
    try {
      return this.#decode(topic, bytes, start, at, end)
    } catch (error) {
      throw asBusError(error, topic)
    }
  }

  #told(bytes: Buffer, start: number, end: number): void {
    read.assertFrameBytes(start, end, 13, 'TOPIC')
    const number = layout.readU32(bytes, start + 8)
    const name = bytes.toString('utf8', start + 12, end)
    this.#numbered[number] = { name, matching: noneAtAll, version: -1 }
    this.#owner.topicTold(name, number)
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
    this.#picked = Array.from({ length: count }, (_, index) => layout.readU32(bytes, start + 12 + 4 * index))
    this.#pickedPlain = ((bytes[start + 5] ?? 0) & layout.flagPlain) !== 0
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

/** What the responder threw, as `cause` of an error of ours. */
function remoteError(topic: string, text: string): BusError {
  const { name, message, code } = read.parseObject(text)
  const cause = new Error(String(message))
  cause.name = typeof name === 'string' ? name : 'Error'
  // This stack would point into clusterbus, where nothing is wrong.
  cause.stack = `${cause.name}: ${cause.message}\n    in the responder`
  if (typeof code === 'string' || typeof code === 'number') Object.assign(cause, { code })
  return new BusError(
    'REMOTE_ERROR',
    `request(${JSON.stringify(topic)}): the responder failed: ${cause.name}: ${cause.message}`,
    {
      topic,
      cause,
    },
  )
}

function asBusError(error: unknown, topic: string): BusError {
  // Headers or a failure that a member wrote wrongly: no reason to distrust the broker, which does not look into them.
  if (error instanceof BusError && error.code !== 'BAD_FRAME') return error
  const { message: why } = describeThrown(error)
  return new BusError('UNDECODABLE', `a message on ${JSON.stringify(topic)} cannot be read: ${why}`, {
    topic,
    cause: error,
  })
}
