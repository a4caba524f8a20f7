import {
  brokerId,
  BusError,
  ChunkWriter,
  type Clock,
  FrameKind,
  jsonCodec,
  layout,
  type Limits,
  type Link,
  type Member,
  protocolVersion,
  quoted,
  read,
  write,
} from '@clusterbus/protocol'
import { ConnectedMember } from './connected-member.ts'
import { type BrokerStats, type Counters, newCounters } from './counters.ts'
import { Pressure } from './pressure.ts'
import { Router } from './router.ts'

/** How long a member that is told to go may take to read its last words, in milliseconds. */
const farewellMs = 2_000

export interface BrokerCoreOptions {
  readonly limits: Limits
  /** How long a member's outbox may stay too full before the member is disconnected, in milliseconds. */
  readonly stallMs: number
  readonly clock: Clock
  /** A member was disconnected for a reason that somebody should hear of. */
  readonly report: (error: BusError) => void
}

/**
 * A broker without edges: links are passed in, time is passed in. It owns the members, moves bytes from their links
 * into the router and from their outboxes into their links, and sees to it that whoever leaves, leaves nothing behind.
 */
export class BrokerCore {
  readonly #options: BrokerCoreOptions
  readonly #members = new Map<number, ConnectedMember>()
  /** Members that have been told to go and whose links have not closed yet. */
  readonly #leaving = new Set<ConnectedMember>()
  readonly #counters: Counters = newCounters()
  readonly #router: Router
  readonly #pressure: Pressure
  readonly #whenEmpty: (() => void)[] = []
  #nextId = brokerId + 1
  #state: 'open' | 'closing' = 'open'

  constructor(options: BrokerCoreOptions) {
    this.#options = options
    const { limits, stallMs, clock } = options
    const members = this.#members
    this.#router = new Router({
      limits,
      counters: this.#counters,
      members: () => members.values(),
      memberById: (id) => members.get(id),
    })
    const pressureLimits = { queuedBytes: limits.queuedBytes, stallMs }
    this.#pressure = new Pressure(pressureLimits, clock, (member, reason) => this.#overflowed(member, reason))
  }

  /** Makes the other end of `link` a member, or tells it why not. The link must be new. */
  accept(link: Link, about: Omit<Member, 'id'>): void {
    const refusal = this.#refusal()
    if (refusal !== undefined) return turnAway(link, refusal, this.#options.clock)
    const info: Member = Object.freeze({ id: this.#nextId, ...about })
    this.#nextId += 1
    const member = new ConnectedMember(info, link, layout.frameBytesMax(this.#options.limits.payloadBytes))
    this.#members.set(member.id, member)
    this.#counters.joined += 1
    link.open({
      onChunk: (chunk) => this.#received(member, chunk),
      onDrain: () => this.#drained(member),
      onClose: (cause) => this.#closed(member, cause),
    })
    const { payloadBytes } = this.#options.limits
    const welcome = { version: protocolVersion, member: info, limits: { payloadBytes } }
    write.writeText(member.outbox.writer, FrameKind.WELCOME, JSON.stringify(welcome))
    this.#router.written.add(member)
    this.#announce('$sys.member.joined', info)
    this.#flush()
  }

  members(): Member[] {
    return Array.from(this.#members.values(), ({ info }) => info)
  }

  stats(): BrokerStats {
    let subscriptions = 0
    let queuedBytes = 0
    for (const member of this.#members.values()) {
      subscriptions += member.subscriptions.size
      queuedBytes += member.outbox.queuedBytes
    }
    return {
      ...this.#counters,
      members: this.#members.size,
      subscriptions,
      topics: this.#router.topics.count,
      pendingRequests: this.#router.requests.count,
      queuedBytes,
    }
  }

  /**
   * Takes nothing more, delivers what was taken, and closes every link. Resolves when all are closed; a member that
   * does not read what waits for it is given up after `timeoutMs`.
   */
  drain(timeoutMs: number): Promise<void> {
    this.#state = 'closing'
    for (const member of this.#leaving) this.#giveTime(member, timeoutMs)
    for (const member of this.#members.values()) this.#dismiss(member, closingError(), timeoutMs)
    return new Promise((resolve) => {
      this.#whenEmpty.push(resolve)
      this.#checkEmpty()
    })
  }

  /** Closes every link now, after a last word to each. */
  close(): Promise<void> {
    return this.drain(0)
  }

  #received(member: ConnectedMember, chunk: Buffer): void {
    if (member.state !== 'open') return
    try {
      this.#router.receive(member, chunk)
    } catch (cause) {
      this.#violated(member, cause)
    }
    this.#flush(member)
  }

  #drained(member: ConnectedMember): void {
    if (member.state === 'gone') return
    member.outbox.drained()
    if (member.state === 'closing') this.#endWhenSent(member)
    this.#pressure.relieve(member)
  }

  #closed(member: ConnectedMember, cause: Error | undefined): void {
    if (member.state === 'gone') return
    if (member.state === 'open') this.#leave(member, cause?.message)
    member.state = 'gone'
    member.cancelClose?.()
    this.#leaving.delete(member)
    this.#flush()
    this.#checkEmpty()
  }

  /** From here on the member is none any more: nothing is routed to it, and the others know. */
  #leave(member: ConnectedMember, reason: string | undefined): void {
    this.#members.delete(member.id)
    this.#pressure.leave(member)
    this.#router.leave(member)
    this.#announce('$sys.member.left', reason === undefined ? member.info : { ...member.info, reason })
  }

  #checkEmpty(): void {
    if (this.#members.size > 0 || this.#leaving.size > 0) return
    for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  /** Hands over what the turn has gathered, and holds `feeder` back where that was too much. */
  #flush(feeder?: ConnectedMember): void {
    const { written } = this.#router
    const overfull: [ConnectedMember, BusError][] = []
    for (const member of written) {
      if (member.state === 'gone') continue
      member.outbox.flush()
      const reason = member.state === 'open' ? this.#pressure.check(member, feeder) : undefined
      if (reason !== undefined) overfull.push([member, reason])
    }
    written.clear()
    for (const [member, reason] of overfull) this.#overflowed(member, reason)
  }

  #overflowed(member: ConnectedMember, reason: BusError): void {
    if (member.state !== 'open') return
    const lost = member.outbox.discard()
    const { code, message, bytes, limit } = reason
    const error = new BusError(code, `${message}; ${lost} messages for it were dropped`, {
      member: member.id,
      lost,
      ...(bytes === undefined ? {} : { bytes }),
      ...(limit === undefined ? {} : { limit }),
    })
    this.#counters.overflowed += 1
    this.#counters.dropped += lost
    this.#options.report(error)
    this.#dismiss(member, error)
    this.#flush()
  }

  #violated(member: ConnectedMember, cause: unknown): void {
    const { id, name } = member.info
    const code = cause instanceof BusError ? cause.code : 'BAD_FRAME'
    const message = cause instanceof Error ? cause.message : String(cause)
    const error = new BusError(code, `member ${id} (${quoted(name)}) was disconnected: ${message}`, {
      member: id,
      cause,
    })
    this.#counters.violated += 1
    this.#options.report(error)
    this.#dismiss(member, error)
  }

  /** Sends what waits and the reason, and closes the link; by force when that takes longer than `timeoutMs`. */
  #dismiss(member: ConnectedMember, reason: BusError, timeoutMs: number = farewellMs): void {
    if (member.state !== 'open') return
    this.#leave(member, reason.message)
    member.state = 'closing'
    this.#leaving.add(member)
    write.writeText(member.outbox.writer, FrameKind.CLOSE, read.failureText(reason.code, reason.message))
    this.#giveTime(member, timeoutMs)
    this.#endWhenSent(member)
  }

  /** From now on the member has that long to take what waits for it. */
  #giveTime(member: ConnectedMember, timeoutMs: number): void {
    member.cancelClose?.()
    member.cancelClose = this.#options.clock.after(timeoutMs, () => member.link.destroy())
  }

  #endWhenSent(member: ConnectedMember): void {
    member.outbox.flush()
    if (member.outbox.writer.queuedBytes > 0) return
    member.link.end()
    // What it still says is thrown away, but must be read for the link to notice that it ended.
    member.link.resume()
  }

  /** Why nobody else can become a member now. */
  #refusal(): BusError | undefined {
    if (this.#state === 'closing') return closingError()
    const limit = this.#options.limits.members
    if (this.#members.size < limit) return undefined
    return new BusError('QUEUE_FULL', `the broker has ${limit} members already, which is limits.members`, { limit })
  }

  #announce(topic: string, data: unknown): void {
    this.#router.publish(topic, () => announcement(topic, data))
  }
}

/** Says why, and closes a link that has not become a member's. */
function turnAway(link: Link, reason: BusError, clock: Clock): void {
  const cancel = clock.after(farewellMs, () => link.destroy())
  link.open({ onChunk: () => undefined, onDrain: () => undefined, onClose: cancel })
  const writer = new ChunkWriter()
  write.writeText(writer, FrameKind.CLOSE, read.failureText(reason.code, reason.message))
  link.write(writer.take())
  link.end()
}

/** A message of the broker's own. */
function announcement(topic: string, data: unknown): Buffer {
  const writer = new ChunkWriter()
  const payload = Buffer.from(JSON.stringify(data))
  const name = Buffer.from(topic)
  const kind = FrameKind.PUBLISH_NAMED
  const message = { kind, flags: 0, codec: jsonCodec.id, topicNumber: 0, name, request: 0, headers: undefined }
  const start = write.beginMessage(writer, message, payload.length)
  writer.position += payload.copy(writer.chunk, writer.position)
  write.endFrame(writer, start)
  return Buffer.concat(writer.take())
}

function closingError(): BusError {
  return new BusError('CLOSED', 'the broker is closing')
}
