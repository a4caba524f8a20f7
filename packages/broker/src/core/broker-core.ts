import {
  brokerId,
  BusError,
  type BusErrorFields,
  FrameKind,
  layout,
  type Link,
  type Member,
  write,
} from '@clusterbus/protocol'
import { Access } from './access/access.ts'
import { announcement } from './announcement.ts'
import { type BrokerCoreOptions, withDefaults } from './broker-core-options.ts'
import { brokerStats } from './broker-stats.ts'
import { Caches } from './caches/caches.ts'
import type { Leasing } from './caches/leasing.ts'
import { ConnectedMember } from './connected-member.ts'
import { type BrokerStats, type Counters, newCounters } from './counters.ts'
import { closingError, Departures, farewellMs, turnAway } from './departures.ts'
import { FullMembers } from './full-members.ts'
import { JoinedBuses, type Newcomer } from './joined-buses.ts'
import { Liveness } from './liveness.ts'
import type { DropReason } from './overflow/drop-account.ts'
import { Overflow } from './overflow/overflow.ts'
import { joinedAnew, stayedFull, stayedSilent, tooManyMembers, violation } from './reasons.ts'
import { Pressure } from './pressure.ts'
import { Router } from './router.ts'

/**
 * A broker without edges: links are passed in, time is passed in. It owns the members, moves bytes from their links
 * into the router and from their outboxes into their links, and sees to it that whoever leaves, leaves nothing behind.
 */
export class BrokerCore {
  readonly #options: Required<BrokerCoreOptions>
  readonly #members = new Map<number, ConnectedMember>()
  readonly #buses = new JoinedBuses()
  readonly #departures: Departures
  readonly #counters: Counters = newCounters()
  readonly #router: Router
  readonly #pressure: Pressure
  readonly #fullMembers: FullMembers
  readonly #liveness: Liveness
  readonly #overflow: Overflow
  readonly #whenEmpty: (() => void)[] = []
  #nextId = brokerId + 1
  #state: 'open' | 'closing' = 'open'

  constructor(options: BrokerCoreOptions) {
    this.#options = withDefaults(options)
    const { limits, stallMs, liveness, leases, terms, clock, formerLeasesUntil: formerUntil, report } = this.#options
    const { authorize } = this.#options
    const answersMax = limits.accessAnswers
    this.#departures = new Departures(clock)
    const members = this.#members
    const counters = this.#counters
    this.#router = new Router({
      limits,
      counters,
      members: () => members.values(),
      toldFull: (member, isFull) => this.#fullMembers.told(member, isFull),
      termsTold: (member, told) => this.#overflow.told(member, told),
      makeAccess: (parts) => authorize && new Access({ authorize, answersMax, counters, report, ...parts }),
      makeCaches: (written, access) =>
        new Caches({ leases, clock, formerUntil, counters, written, access, flush: () => this.#flush() }),
      memberById: (id) => members.get(id),
    })
    const unhandled = (member: ConnectedMember, track: Buffer): void => this.#router.unhandled(member, track)
    this.#overflow = new Overflow({ limits, defaults: terms, topics: this.#router.topics, counters, clock, unhandled })
    this.#pressure = new Pressure({ stallMs }, clock, (member, reason) => this.#overflowed(member, reason))
    this.#fullMembers = new FullMembers(stallMs, clock, {
      hold: (publisher, held) => this.#tell(publisher, FrameKind.HOLD, held ? 1 : 0),
      stalled: (member) => this.#overflowed(member, stayedFull(member.info, stallMs)),
    })
    this.#liveness = new Liveness(liveness, clock, {
      members: () => members.values(),
      ask: (member) => this.#tell(member, FrameKind.BEAT, 0),
      suspected: (member) => this.#suspected(member),
      recovered: (member) => this.#recovered(member),
      silent: (member, silentMs, timeoutMs) => this.#silent(member, silentMs, timeoutMs),
    })
  }

  /** Makes the other end of `link` a member, or tells it why not. The link must be new. */
  accept(link: Link, newcomer: Newcomer): void {
    const refusal = this.#refusal()
    if (refusal !== undefined) return turnAway(link, refusal, this.#options.clock)
    const { name, pid, kind } = newcomer
    const info: Member = Object.freeze({ id: this.#nextId, name, pid, kind })
    this.#nextId += 1
    const { limits } = this.#options
    const frameBytesMax = layout.frameBytesMax(limits.payloadBytes)
    const member = new ConnectedMember(info, newcomer, link, frameBytesMax, this.#overflow.defaultTerms)
    this.#succeed(member)
    this.#overflow.watch(member)
    this.#router.access?.joined(member)
    this.#members.set(member.id, member)
    this.#counters.joined += 1
    this.#liveness.joined(member)
    link.open({
      onChunk: (chunk) => this.#received(member, chunk),
      onDrain: () => this.#drained(member),
      onClose: (cause) => this.#closed(member, cause),
    })
    const welcome = { version: member.version, member: info, limits: { payloadBytes: limits.payloadBytes } }
    write.writeText(member.outbox.writer, FrameKind.WELCOME, JSON.stringify(welcome))
    this.#router.written.add(member)
    this.#announce('$sys.member.joined', info)
    this.#flush()
  }

  members(): Member[] {
    return Array.from(this.#members.values(), ({ info }) => info)
  }

  stats(): BrokerStats {
    const rows = this.#overflow.rows()
    return brokerStats(this.#counters, this.#members.values(), this.#router, this.#departures.queuedMessages, rows)
  }

  /** A process, or one thread of it, has exited: whatever its members held in caches, they serve no more. */
  processExited(pid: number, thread?: number): void {
    this.#router.caches.processExited(pid, thread)
    this.#flush()
  }

  get leasing(): Leasing {
    return this.#router.caches
  }

  /**
   * Takes nothing more, delivers what was taken, and closes every link. Resolves when all are closed; a member that
   * does not read what waits for it is given up after `timeoutMs`.
   */
  drain(timeoutMs: number): Promise<void> {
    this.#state = 'closing'
    this.#departures.hurry(timeoutMs)
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
    this.#liveness.heard(member)
    try {
      this.#router.receive(member, chunk)
    } catch (cause) {
      this.#violated(member, cause)
    }
    this.#flush(member)
  }

  #drained(member: ConnectedMember): void {
    if (member.state === 'gone') return
    member.drained()
    this.#departures.drained(member)
    this.#pressure.relieve(member)
    if (this.#router.written.size > 0) this.#flush()
  }

  #closed(member: ConnectedMember, cause: Error | undefined): void {
    if (member.state === 'gone') return
    if (member.state === 'open') this.#leave(member, cause?.message)
    this.#departures.gone(member)
    this.#overflow.lose(member)
    this.#flush()
    this.#checkEmpty()
  }

  /** From here on the member is none any more: nothing is routed to it, and the others know. */
  #leave(member: ConnectedMember, reason: string | undefined): void {
    this.#members.delete(member.id)
    this.#buses.leaves(member)
    this.#liveness.left()
    this.#pressure.leave(member)
    this.#fullMembers.leave(member)
    this.#overflow.leave(member)
    this.#router.leave(member)
    this.#announce('$sys.member.left', reason === undefined ? member.info : { ...member.info, reason })
  }

  #checkEmpty(): void {
    if (this.#members.size > 0 || this.#departures.count > 0) return
    for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  /** Hands over what the turn has gathered, and holds `feeder` back where that was too much. */
  #flush(feeder?: ConnectedMember): void {
    const { written, fedFull } = this.#router
    if (feeder?.state === 'open') for (const member of fedFull) this.#fullMembers.fed(member, feeder)
    fedFull.clear()
    const overfull: [ConnectedMember, BusError][] = []
    const members = [...written]
    written.clear()
    for (const member of members) {
      if (member.state === 'gone') continue
      member.flush()
      const reason = member.state === 'open' ? this.#pressure.check(member, feeder) : undefined
      if (reason !== undefined) overfull.push([member, reason])
    }
    for (const [member, reason] of overfull) this.#overflowed(member, reason)
    const notices = this.#overflow.takeNotices()
    for (const notice of notices) this.#announce('$sys.member.slow', notice)
    // What was dropped may have made somebody hear of it. No notice follows within a second, so this comes to an end.
    if (written.size > 0) this.#flush()
  }

  #overflowed(member: ConnectedMember, reason: BusError): void {
    if (member.state !== 'open') return
    this.#counters.overflowed += 1
    const { bytes, limit } = reason
    this.#giveUp(member, reason, 'disconnected', {
      ...(bytes === undefined ? {} : { bytes }),
      ...(limit === undefined ? {} : { limit }),
    })
  }

  #tell(member: ConnectedMember, kind: number, number: number): void {
    write.writeNumber(member.outbox.writer, kind, number)
    member.flush()
  }

  #suspected(member: ConnectedMember): void {
    this.#pressure.release(member)
    this.#fullMembers.suspected(member)
    this.#router.presenceChanged()
    this.#router.caches.suspected(member)
    this.#announce('$sys.member.suspect', member.info)
    this.#flush()
  }

  #recovered(member: ConnectedMember): void {
    this.#router.presenceChanged()
    this.#announce('$sys.member.recovered', member.info)
    this.#flush()
  }

  #silent(member: ConnectedMember, silentMs: number, timeoutMs: number): void {
    this.#counters.silenced += 1
    this.#giveUp(member, stayedSilent(member.info, silentMs), 'silent', { timeoutMs })
  }

  /** Disconnects a member that what waits for it can no longer be brought to, and says what is lost by it. */
  #giveUp(member: ConnectedMember, { code, message }: BusError, dropReason: DropReason, fields: BusErrorFields): void {
    const lost = this.#overflow.discard(member, dropReason)
    const error = new BusError(code, `${message}; ${lost} messages for it were dropped`, {
      member: member.id,
      lost,
      ...fields,
    })
    this.#options.report(error)
    this.#dismiss(member, error)
    this.#flush()
  }

  #violated(member: ConnectedMember, cause: unknown): void {
    // It has left while the app was asked about it.
    if (member.state !== 'open') return
    const error = violation(member.info, cause)
    this.#counters.violated += 1
    this.#options.report(error)
    this.#dismiss(member, error)
  }

  /** Sends what waits and the reason, and closes the link; by force when that takes longer than `timeoutMs`. */
  #dismiss(member: ConnectedMember, reason: BusError, timeoutMs: number = farewellMs): void {
    if (member.state !== 'open') return
    this.#leave(member, reason.message)
    this.#departures.begin(member, reason, timeoutMs)
  }

  /** What a bus has said over a link that it has given up must not come behind what it says over the next one. */
  #succeed(member: ConnectedMember): void {
    const before = this.#buses.joins(member)
    if (before !== undefined) this.#dismiss(before, joinedAnew(), 0)
    if (member.bus !== undefined) this.#router.caches.succeeded(member.bus)
  }

  /** Why nobody else can become a member now. */
  #refusal(): BusError | undefined {
    if (this.#state === 'closing') return closingError()
    const limit = this.#options.limits.members
    return this.#members.size < limit ? undefined : tooManyMembers(limit)
  }

  #announce(topic: string, data: unknown): void {
    this.#router.publish(topic, () => announcement(topic, data))
  }
}
