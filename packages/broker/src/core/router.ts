import { FrameKind, isReserved, layout, quoted, read, write } from '@clusterbus/protocol'
import type { Access } from './access/access.ts'
import type { Caches } from './caches/caches.ts'
import { checkMessage, checkNamedMessage, type MessageRules } from './check-message.ts'
import { Confirmations } from './confirmations.ts'
import type { ConnectedMember } from './connected-member.ts'
import { Copies, exceptOf } from './copies.ts'
import type { Counters } from './counters.ts'
import { RequestRouter } from './request-router.ts'
import type { RouterOwner } from './router-owner.ts'
import { Run } from './run.ts'
import { ShapeBook } from './shape-book.ts'
import { Subscribing } from './subscribing.ts'
import type { Subscription } from './subscription.ts'
import { SubscriptionTable } from './subscription-table.ts'
import { type Topic, TopicTable } from './topic-table.ts'

/**
 * Reads frames, decides where they go, and writes into the outboxes of the members concerned. Synchronous and pure: it
 * knows no socket and no time, and never looks into a payload. What it wrote to stands in `written`; flushing is its
 * owner's. A frame that breaks the rules throws `BAD_FRAME` and changes nothing; those before it have been routed.
 */
export class Router {
  /** Members whose outboxes were written to since the owner emptied this. */
  readonly written: Set<ConnectedMember> = new Set()
  /** Those of them that have said that they are full, and were given messages all the same. */
  readonly fedFull: Set<ConnectedMember> = new Set()
  readonly requests: RequestRouter
  readonly topics: TopicTable
  readonly caches: Caches
  /** Asks the app what members may do; not there where it does not want to be asked. */
  readonly access: Access | undefined
  readonly #owner: RouterOwner
  readonly #counters: Counters
  readonly #subscriptions: SubscriptionTable
  readonly #subscribing: Subscribing
  readonly #publishRules: MessageRules
  readonly #shapes: ShapeBook
  readonly #confirmations: Confirmations
  readonly #run: Run
  readonly #copies: Copies

  constructor(owner: RouterOwner) {
    this.#owner = owner
    this.#counters = owner.counters
    this.access = owner.makeAccess({ written: this.written, finishRun: () => this.#run.finish() })
    this.caches = owner.makeCaches(this.written, this.access)
    this.topics = new TopicTable(owner.limits.topicNames, this.written)
    this.#subscriptions = new SubscriptionTable(this.topics)
    const spend = (subscription: Subscription): void => this.#subscribing.spend(subscription)
    this.requests = new RequestRouter(owner, this.written, spend, this.access)
    this.#subscribing = new Subscribing({
      subscriptions: this.#subscriptions,
      responders: this.requests.responders,
      subscriptionsMax: owner.limits.subscriptions,
      written: this.written,
      access: this.access,
    })
    const flags = layout.flagHeaders | layout.flagNoEcho | layout.flagShaped
    this.#publishRules = { flags, payloadBytes: owner.limits.payloadBytes }
    this.#shapes = new ShapeBook(this.written)
    this.#confirmations = new Confirmations(this.written)
    this.#run = new Run(owner.counters, this.written, this.fedFull, this.#shapes)
    const { counters } = owner
    this.#copies = new Copies({
      counters,
      written: this.written,
      fedFull: this.fedFull,
      shapes: this.#shapes,
      confirmations: this.#confirmations,
      spend,
    })
  }

  /** Requests, messages, invalidations and claims that wait for an answer. */
  get waitingCount(): number {
    return this.requests.count + this.#confirmations.count + this.caches.waitingCount
  }

  /** Takes bytes from a member and routes every frame that they complete. */
  receive(member: ConnectedMember, chunk: Buffer): void {
    this.#counters.receivedBytes += chunk.length
    try {
      member.stream.push(chunk, (bytes, start, end) => this.#route(member, bytes, start, end))
    } finally {
      this.#run.finish()
      this.access?.tell(member)
    }
    if (this.topics.wantsSweep) this.topics.sweep(this.#owner.members())
  }

  /** Routes a message of the broker's own, as if a member had published it. It is made only if somebody takes it. */
  publish(name: string, makeFrame: () => Buffer): void {
    const topic = this.topics.find(name) ?? this.topics.addCandidate(name)
    const { recipients, groups } = this.#subscriptions.route(topic)
    if (recipients.length === 0 && groups.length === 0) return
    const frame = makeFrame()
    this.#dispatch(undefined, frame, 0, frame.length, topic)
    this.#run.finish()
  }

  /** A member has become suspect, or is none any more. */
  presenceChanged(): void {
    this.#subscriptions.presenceChanged()
    this.requests.responders.presenceChanged()
  }

  /** A message was dropped on its way to a member, and a TRACK with it: somebody waits for it to be handled. */
  unhandled(member: ConnectedMember, track: Buffer): void {
    const publisher = this.#owner.memberById(layout.readU32(track, 8))
    this.#confirmations.settle(member, publisher, layout.readU32(track, 12), true)
  }

  /** Takes back all that is kept for a member that is gone. */
  leave(member: ConnectedMember): void {
    this.#subscribing.leave(member)
    this.#subscriptions.leave(member)
    this.topics.leave(member)
    this.requests.leave(member)
    this.#confirmations.leave(member)
    this.caches.leave(member)
    this.access?.leave(member)
    this.#shapes.leave(member, this.#owner.members())
    this.written.delete(member)
    this.fedFull.delete(member)
  }

  #route(member: ConnectedMember, bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start + 4]
    if (bytes[start + 7] !== 0) throw read.badFrame('its eighth byte is not zero')
    if (kind === FrameKind.PUBLISH) {
      const topic = this.#numberedTopic(member, bytes, start, end)
      if (typeof topic === 'string') return this.access?.deny(member, topic)
      this.#stamp(member, bytes, start, topic)
      this.#dispatch(member, bytes, start, end, topic)
      return
    }
    if (kind === FrameKind.PUBLISH_NAMED) {
      const topic = this.#namedTopic(member, bytes, start, end)
      if (typeof topic === 'string') return this.access?.deny(member, topic)
      this.#stamp(member, bytes, start, topic)
      this.#dispatch(member, bytes, start, end, topic)
      return
    }
    // Whatever else is written to a member comes behind what was published before it.
    this.#run.finish()
    this.access?.tell(member)
    switch (kind) {
      case FrameKind.REQUEST:
        return this.requests.request(member, bytes, start, end)
      case FrameKind.REPLY:
        return this.requests.reply(member, bytes, start, end)
      case FrameKind.SUBSCRIBE:
        return this.#subscribing.subscribe(member, read.readSubscribe(bytes, start, end))
      case FrameKind.UNSUBSCRIBE:
        return this.#subscribing.unsubscribe(member, read.readNumber(bytes, start, end))
      case FrameKind.CANCEL:
        return this.#cancel(member, read.readNumber(bytes, start, end))
      case FrameKind.CONFIRM:
        return this.#confirm(member, bytes, start, end)
      case FrameKind.SETTLED:
        return this.#settled(member, bytes, start, end)
      case FrameKind.SHAPE:
        return this.#shapes.describe(member, bytes, start, end)
      case FrameKind.PING:
        write.writeNumber(member.outbox.writer, FrameKind.PONG, read.readNumber(bytes, start, end))
        return void this.written.add(member)
      case FrameKind.ALIVE:
        // That something was said is all there is to it.
        return read.assertFrameExact(start, end, 12, 'ALIVE')
      case FrameKind.FULL:
        return this.#owner.toldFull(member, read.readFlag(bytes, start, end))
      case FrameKind.TERMS:
        return this.#owner.termsTold(member, read.readTerms(bytes, start, end))
      case FrameKind.FORGOT:
        if (this.topics.forgotten(read.readNumber(bytes, start, end), member)) return
        throw read.badFrame('FORGOT for a number that was not withdrawn')
      default:
        return this.#aboutCaches(member, kind, bytes, start, end)
    }
  }

  /** The topic of a PUBLISH; its name alone where the member may not publish to it. */
  #numberedTopic(member: ConnectedMember, bytes: Buffer, start: number, end: number): Topic | string {
    checkMessage(bytes, start, start + layout.publishBytes, end, this.#publishRules)
    const number = layout.readU32(bytes, start + layout.topicAt)
    const topic = this.topics.byNumber(number, member)
    if (topic !== undefined) return topic
    const told = this.topics.told(number, member)
    if (told === undefined) throw read.badFrame(`topic number ${number} was not told to this member`)
    return this.access?.allowsNumber(member, told) === true ? told : told.name
  }

  /** The same of a PUBLISH_NAMED. A topic that the member may not publish to is not made known by that. */
  #namedTopic(member: ConnectedMember, bytes: Buffer, start: number, end: number): Topic | string {
    const name = checkNamedMessage(bytes, start, start + layout.publishBytes, end, this.#publishRules)
    if (isReserved(name)) throw read.badFrame(`the topic ${quoted(name)} is the broker's`)
    let topic = this.topics.find(name)
    if (topic === undefined) read.assertWireTopic(name)
    if (this.access?.allows(member, 'publish', name) === false) return name
    if (topic === undefined) topic = this.topics.addCandidate(name)
    else if (topic.number === 0) this.topics.promote(topic)
    this.topics.announce(topic, member)
    return topic
  }

  #stamp(member: ConnectedMember, bytes: Buffer, start: number, topic: Topic): void {
    if (((bytes[start + 5] ?? 0) & layout.flagShaped) !== 0 && member.shapes.length === 0) {
      throw read.badFrame('a message that refers to shapes of a member that has described none')
    }
    this.#counters.published += 1
    topic.used = true
    layout.writeU32(bytes, start + layout.senderAt, member.id)
  }

  /** Routes a message whose publisher wants to hear what became of it: not in a run, and copy by copy. */
  #confirm(member: ConnectedMember, bytes: Buffer, start: number, end: number): void {
    const { number, handled, at } = read.readConfirm(bytes, start, end)
    if (member.waitsFor(number)) throw read.badFrame(`request or confirmation ${number} waits already`)
    const isNumbered = bytes[at + 4] === FrameKind.PUBLISH
    const topic = isNumbered ? this.#numberedTopic(member, bytes, at, end) : this.#namedTopic(member, bytes, at, end)
    if (typeof topic === 'string') {
      this.access?.refuse()
      return this.requests.refuseAccess(member, number, 'publish')
    }
    if (member.waitingCount >= this.#owner.limits.pendingRequests) return this.requests.refuseFull(member, number)
    this.#stamp(member, bytes, at, topic)
    const confirmation = this.#confirmations.begin(member, number, handled)
    this.#copies.send(member, bytes, at, end, topic, this.#subscriptions.route(topic), confirmation)
    this.#confirmations.routed(confirmation)
  }

  #settled(member: ConnectedMember, bytes: Buffer, start: number, end: number): void {
    const [publisher = 0, number = 0] = read.readNumbers(bytes, start, end, 2)
    const flags = bytes[start + 5] ?? 0
    if ((flags & ~layout.flagFailed) !== 0) throw read.badFrame(`SETTLED with flags ${flags}`)
    this.#confirmations.settle(member, this.#owner.memberById(publisher), number, flags === layout.flagFailed)
  }

  #aboutCaches(member: ConnectedMember, kind: number | undefined, bytes: Buffer, start: number, end: number): void {
    const isFull = member.waitingCount >= this.#owner.limits.pendingRequests
    const number = layout.readU32(bytes, start + layout.baseBytes)
    const refused = this.caches.frame(member, kind, bytes, start, end, isFull)
    if (refused === 'full') this.requests.refuseFull(member, number)
    else if (refused !== undefined) this.requests.refuseAccess(member, number, refused)
  }

  #cancel(member: ConnectedMember, number: number): void {
    this.requests.cancel(member, number)
    this.#confirmations.cancel(member, number)
    this.caches.cancel(member, number)
  }

  #dispatch(sender: ConnectedMember | undefined, bytes: Buffer, start: number, end: number, topic: Topic): void {
    const route = this.#subscriptions.route(topic)
    if (route.groups.length > 0) {
      this.#run.finish()
      this.#copies.send(sender, bytes, start, end, topic, route)
    } else if (route.recipients.length > 0) {
      this.#run.add(sender, bytes, start, end, route.recipients, exceptOf(sender, bytes, start))
    } else {
      this.#counters.unheard += 1
    }
  }
}
