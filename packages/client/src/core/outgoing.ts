import {
  BusError,
  ChunkWriter,
  FrameKind,
  isBytes,
  layout,
  type Limits,
  type Link,
  quoted,
  write,
} from '@clusterbus/protocol'
import { keepMessages, type PruneRules, pruneLog } from './kept-log.ts'
import type { OutgoingTopic, OutgoingTopics } from './outgoing-topics.ts'
import { type EncodedPayload, type Payloads, writePayload } from './payloads.ts'
import type { Turns } from './environment.ts'
import { TextRun } from './text-run.ts'

/** Bytes that wait from which on `publish` asks its caller to wait. */
const highWaterBytes = 1024 * 1024
/**
 * Messages of one turn of the event loop from which on `publish` asks the same: in that turn nobody can tell this bus that a
 * subscriber is full.
 */
const turnMessages = 8_192

interface OutgoingMessage {
  readonly kind: number
  readonly flags: number
  readonly topic: OutgoingTopic
  readonly request: number
  readonly headers: Buffer | undefined
  readonly payload: EncodedPayload
}

/** A message whose publisher waits to hear what became of it. */
export interface ConfirmedMessage {
  readonly topic: OutgoingTopic
  readonly flags: number
  readonly headers: Buffer | undefined
  readonly payload: EncodedPayload
  readonly number: number
  /** Whether it is to be handled, and not only routed. */
  readonly handled: boolean
}

/** What is left of a log when its link is gone. */
export interface Kept {
  readonly hasMessages: boolean
  /** Numbers under which some of the messages are still to be confirmed. */
  readonly confirmed: ReadonlySet<number>
}

/**
 * The log of what this bus says, in order. While there is a link it is handed over once a turn: at once when the bus
 * was idle, at the end of the turn when it has spoken in this turn already. While there is none, it is kept.
 */
export class Outgoing {
  #writer = new ChunkWriter()
  /** What was said last, as far as it is not written yet. */
  readonly #texts = new TextRun()
  readonly #limits: Limits
  readonly #turns: Turns
  readonly #topics: OutgoingTopics
  #link: Link | undefined
  #linkTakes = true
  #scheduled = false
  #spokeThisTurn = false
  #messagesThisTurn = 0
  #pruneAboveBytes: number

  constructor(limits: Limits, turns: Turns, topics: OutgoingTopics) {
    this.#limits = limits
    this.#turns = turns
    this.#topics = topics
    this.#pruneAboveBytes = 2 * limits.keptBytes
  }

  /** Where control frames are written; {@link schedule} after that. */
  get writer(): ChunkWriter {
    this.#texts.settle(this.#writer)
    return this.#writer
  }

  /** Bytes that have not left this process. */
  get queuedBytes(): number {
    return this.#writer.queuedBytes + this.#texts.queuedBytes + (this.#link?.bufferedBytes ?? 0)
  }

  /** Whether a caller may go on without waiting. */
  get hasRoom(): boolean {
    const limit = this.#link === undefined ? this.#limits.keptBytes : this.#limits.queuedBytes
    if (this.#link !== undefined && this.#messagesThisTurn >= turnMessages) return false
    return this.queuedBytes < Math.min(highWaterBytes, limit / 2)
  }

  /** Writes a message to all who take its topic. Throws `QUEUE_FULL`, and has written nothing then. */
  publish(topic: OutgoingTopic, flags: number, headers: Buffer | undefined, payload: EncodedPayload): void {
    this.assertRoom(payload.roomBytes, 'publish', topic.name)
    this.#messagesThisTurn += 1
    const { number } = topic
    const { codec, encoded } = payload
    const gathered =
      number !== 0 &&
      headers === undefined &&
      typeof encoded === 'string' &&
      this.#texts.add(number, flags, codec, encoded)
    if (!gathered) {
      const kind = number === 0 ? FrameKind.PUBLISH_NAMED : FrameKind.PUBLISH
      this.#message({ kind, flags, topic, request: 0, headers, payload })
    } else if (this.#texts.isLong) {
      this.#texts.settle(this.#writer)
      this.flush()
    }
    this.schedule()
  }

  /**
   * Writes a message as {@link publish} does, but referring to shapes. Returns `false`, and has written nothing, for data
   * that has no known shape, is too long, or whose topic goes by name.
   */
  publishShaped(topic: OutgoingTopic, flags: number, data: unknown, payloads: Payloads): boolean {
    const { outgoingShapes: shapes, limitBytes } = payloads
    if (shapes === undefined || topic.number === 0 || isBytes(data)) return false
    const length = shapes.encode(data)
    if (shapes.hasNews) {
      shapes.writeNews(this.writer)
      this.schedule()
    }
    // Encoding may have run code of the app, after which the topic may have lost its number.
    if (length === 0 || length > limitBytes || topic.number === 0) return false
    this.assertRoom(length, 'publish', topic.name)
    const { writer } = this
    writer.reserve(layout.publishBytes + length)
    const start = writer.position
    this.#messagesThisTurn += 1
    shapes.copyTo(writer.chunk, start + layout.publishBytes)
    writer.position = start + layout.publishBytes + length
    write.writePublishBase(writer, start, flags | layout.flagShaped, shapes.codec, topic.number)
    this.schedule()
    return true
  }

  /** Writes a request. Throws `QUEUE_FULL`, and has written nothing then. */
  request(topic: OutgoingTopic, request: number, headers: Buffer | undefined, payload: EncodedPayload): void {
    this.assertRoom(payload.roomBytes, 'request', topic.name)
    this.#message({ kind: FrameKind.REQUEST, flags: 0, topic, request, headers, payload })
    this.schedule()
  }

  /** Writes a message that is to be confirmed under `number`. Throws `QUEUE_FULL`, and has written nothing then. */
  confirm(message: ConfirmedMessage): void {
    const { topic, flags, headers, payload, number, handled } = message
    this.assertRoom(payload.roomBytes, 'publish', topic.name)
    const { writer } = this
    const messageBytes = layout.envelopeBytesMax + (headers?.length ?? 0) + payload.roomBytes
    const start = write.beginConfirm(writer, number, handled, messageBytes)
    const kind = topic.number === 0 ? FrameKind.PUBLISH_NAMED : FrameKind.PUBLISH
    this.#message({ kind, flags, topic, request: 0, headers, payload })
    write.endFrame(writer, start)
    this.schedule()
  }

  #message({ kind, flags, topic, request, headers, payload }: OutgoingMessage): void {
    const { writer } = this
    const name = kind === FrameKind.PUBLISH ? undefined : topic.bytes
    const { codec, roomBytes } = payload
    const fields = { kind, flags, codec, topicNumber: topic.number, name, request, headers }
    const start = write.beginMessage(writer, fields, roomBytes)
    writePayload(writer, payload)
    write.endFrame(writer, start)
  }

  /** Sees to it that what was written goes out this turn. */
  schedule(): void {
    if (this.#link === undefined || !this.#linkTakes) return
    if (this.#writer.hasWholeSegment) {
      this.flush()
    } else if (!this.#scheduled) {
      this.#scheduled = true
      if (this.#spokeThisTurn) this.#turns.endOfTurn(this.#scheduledFlush)
      else this.#turns.soon(this.#scheduledFlush)
    }
  }

  /** Calls back when all has been said that belongs to this turn. */
  atEndOfTurn(callback: () => void): void {
    this.#turns.endOfTurn(callback)
  }

  /** Hands over all that was written, if the link takes it; with `force` even if it does not. */
  flush(force = false): void {
    if (this.#link === undefined || (!this.#linkTakes && !force) || this.writer.queuedBytes === 0) return
    this.#linkTakes = this.#link.write(this.writer.take())
    if (this.#spokeThisTurn) return
    this.#spokeThisTurn = true
    this.#turns.endOfTurn(() => {
      this.#spokeThisTurn = false
      this.#messagesThisTurn = 0
    })
  }

  /** A link has been welcomed: `first` goes out, and behind it what was kept. */
  connected(link: Link, first: readonly Buffer[]): void {
    this.#link = link
    this.#linkTakes = first.length === 0 || link.write(first)
    this.flush()
  }

  drained(): void {
    this.#linkTakes = true
    this.flush()
  }

  /**
   * The link is gone. What it had taken is gone with it; messages that it had not taken yet are kept. `preamble` writes
   * what a new one must hear first; `isPending` says whether a message is still to be confirmed.
   */
  disconnected(preamble: (writer: ChunkWriter) => void, isPending: (number: number) => boolean): Kept {
    const segments = this.writer.take()
    this.#link = undefined
    this.#writer = new ChunkWriter()
    preamble(this.#writer)
    const preambleBytes = this.queuedBytes
    const confirmed = keepMessages(segments, this.#writer, this.#topics, isPending)
    this.#topics.forgetAll()
    return { hasMessages: this.queuedBytes > preambleBytes, confirmed }
  }

  /** Whether a log that no link has taken has grown by more than messages: it is time to {@link prune} it. */
  get isBloated(): boolean {
    return this.#link === undefined && this.writer.queuedBytes > this.#pruneAboveBytes
  }

  /**
   * Takes out of the log what no broker needs to hear any more. Returns the request or confirmation number of each
   * message with a larger payload than `rules` allow, or 0.
   */
  prune(rules: PruneRules): number[] {
    const segments = this.writer.take()
    this.#writer = new ChunkWriter()
    const tooLarge = pruneLog(segments, this.#writer, rules)
    this.#pruneAboveBytes = 2 * Math.max(this.#limits.keptBytes, this.writer.queuedBytes)
    return tooLarge
  }

  /** Throws `QUEUE_FULL` when so many bytes more would be too many. */
  assertRoom(bytes: number, call: string, topic: string): void {
    const [limit, name] =
      this.#link === undefined ? [this.#limits.keptBytes, 'keptBytes'] : [this.#limits.queuedBytes, 'queuedBytes']
    const queued = this.queuedBytes
    if (queued + bytes <= limit) return
    const advice = this.#link === undefined ? 'wait for ready() first' : 'await flush() when publish() returns false'
    const message = `${call}(${quoted(topic)}): ${queued} bytes wait already and limits.${name} is ${limit}; ${advice}`
    throw new BusError('QUEUE_FULL', message, { topic, bytes: queued, limit })
  }

  readonly #scheduledFlush = (): void => {
    this.#scheduled = false
    this.flush()
  }
}
