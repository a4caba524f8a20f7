import { FrameKind, isReserved, layout, quoted, read, type SubscribeFields, write } from '@clusterbus/protocol'
import { checkMessage, checkNamedMessage, type MessageRules } from './check-message.ts'
import type { ConnectedMember } from './connected-member.ts'
import type { Counters } from './counters.ts'
import { RequestRouter } from './request-router.ts'
import type { ResponderTable } from './responder-table.ts'
import { entryAt, type Route, takeTurn } from './routes.ts'
import type { RouterOwner } from './router-owner.ts'
import { Run } from './run.ts'
import { ShapeBook } from './shape-book.ts'
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
  readonly requests: RequestRouter
  readonly topics: TopicTable
  readonly #owner: RouterOwner
  readonly #counters: Counters
  readonly #subscriptions: SubscriptionTable
  readonly #publishRules: MessageRules
  readonly #shapes: ShapeBook
  readonly #run: Run

  constructor(owner: RouterOwner) {
    this.#owner = owner
    this.#counters = owner.counters
    this.topics = new TopicTable(owner.limits.topicNames, this.written)
    this.#subscriptions = new SubscriptionTable(this.topics)
    this.requests = new RequestRouter(owner, this.written, (subscription) => this.#spend(subscription))
    const flags = layout.flagHeaders | layout.flagNoEcho | layout.flagShaped
    this.#publishRules = { flags, payloadBytes: owner.limits.payloadBytes }
    this.#shapes = new ShapeBook(this.written)
    this.#run = new Run(owner.counters, this.written, this.#shapes)
  }

  /** Takes bytes from a member and routes every frame that they complete. */
  receive(member: ConnectedMember, chunk: Buffer): void {
    this.#counters.receivedBytes += chunk.length
    try {
      member.stream.push(chunk, (bytes, start, end) => this.#route(member, bytes, start, end))
    } finally {
      this.#run.finish()
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

  /** Takes back all that is kept for a member that is gone. */
  leave(member: ConnectedMember): void {
    for (const subscription of member.subscriptions.values()) this.#tableOf(subscription).remove(subscription)
    member.subscriptions.clear()
    this.#subscriptions.leave(member)
    this.topics.leave(member)
    this.requests.leave(member)
    this.#shapes.leave(member, this.#owner.members())
    this.written.delete(member)
  }

  #route(member: ConnectedMember, bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start + 4]
    if (bytes[start + 7] !== 0) throw read.badFrame('its eighth byte is not zero')
    if (kind === FrameKind.PUBLISH) {
      this.#publishNumbered(member, bytes, start, end)
      return
    }
    if (kind === FrameKind.PUBLISH_NAMED) {
      this.#publishNamed(member, bytes, start, end)
      return
    }
    // Whatever else is written to a member comes behind what was published before it.
    this.#run.finish()
    switch (kind) {
      case FrameKind.REQUEST:
        return this.requests.request(member, bytes, start, end)
      case FrameKind.REPLY:
        return this.requests.reply(member, bytes, start, end)
      case FrameKind.SUBSCRIBE:
        return this.#subscribe(member, read.readSubscribe(bytes, start, end))
      case FrameKind.UNSUBSCRIBE:
        return this.#unsubscribe(member, read.readNumber(bytes, start, end))
      case FrameKind.CANCEL:
        return this.requests.cancel(member, read.readNumber(bytes, start, end))
      case FrameKind.SHAPE:
        return this.#shapes.describe(member, bytes, start, end)
      case FrameKind.PING:
        write.writeNumber(member.outbox.writer, FrameKind.PONG, read.readNumber(bytes, start, end))
        return void this.written.add(member)
      case FrameKind.FORGOT:
        if (this.topics.forgotten(read.readNumber(bytes, start, end), member)) return
        throw read.badFrame('FORGOT for a number that was not withdrawn')
      default:
        throw read.badFrame(`unknown kind ${kind}`)
    }
  }

  #publishNumbered(member: ConnectedMember, bytes: Buffer, start: number, end: number): void {
    checkMessage(bytes, start, start + layout.publishBytes, end, this.#publishRules)
    const number = layout.readU32(bytes, start + layout.topicAt)
    const topic = this.topics.byNumber(number, member)
    if (topic === undefined) throw read.badFrame(`topic number ${number} was not told to this member`)
    this.#published(member, bytes, start, end, topic)
  }

  #publishNamed(member: ConnectedMember, bytes: Buffer, start: number, end: number): void {
    const name = checkNamedMessage(bytes, start, start + layout.publishBytes, end, this.#publishRules)
    if (isReserved(name)) throw read.badFrame(`the topic ${quoted(name)} is the broker's`)
    let topic = this.topics.find(name)
    if (topic === undefined) {
      read.assertWireTopic(name)
      topic = this.topics.addCandidate(name)
    } else if (topic.number === 0) {
      this.topics.promote(topic)
    }
    this.topics.announce(topic, member)
    this.#published(member, bytes, start, end, topic)
  }

  #published(member: ConnectedMember, bytes: Buffer, start: number, end: number, topic: Topic): void {
    if (((bytes[start + 5] ?? 0) & layout.flagShaped) !== 0 && member.shapes.length === 0) {
      throw read.badFrame('a message that refers to shapes of a member that has described none')
    }
    this.#counters.published += 1
    topic.used = true
    layout.writeU32(bytes, start + layout.senderAt, member.id)
    this.#dispatch(member, bytes, start, end, topic)
  }

  #dispatch(sender: ConnectedMember | undefined, bytes: Buffer, start: number, end: number, topic: Topic): void {
    const except = ((bytes[start + 5] ?? 0) & layout.flagNoEcho) === 0 ? undefined : sender
    const route = this.#subscriptions.route(topic)
    if (route.groups.length > 0) {
      this.#run.finish()
      this.#dispatchToGroups(sender, bytes, start, end, route, this.#pick(topic, route, except), except)
    } else if (route.recipients.length > 0) {
      this.#run.add(sender, bytes, start, end, route.recipients, except)
    } else {
      this.#counters.unheard += 1
    }
  }

  /** One copy for each member, with the picked group subscriptions named before it. */
  #dispatchToGroups(
    sender: ConnectedMember | undefined,
    bytes: Buffer,
    start: number,
    end: number,
    route: Route,
    picks: ReadonlyMap<ConnectedMember, readonly number[]>,
    except: ConnectedMember | undefined,
  ): void {
    for (const member of route.recipients) {
      if (member === except || picks.has(member)) continue
      if (sender !== undefined) this.#shapes.introduce(sender, member)
      this.#deliver(member, bytes, start, end)
    }
    for (const [member, chosen] of picks) {
      // Nothing may stand between a PICK and its message.
      if (sender !== undefined) this.#shapes.introduce(sender, member)
      write.writePick(member.outbox.writer, chosen, route.recipients.includes(member))
      this.#deliver(member, bytes, start, end)
    }
    if (picks.size === 0 && route.recipients.length === 0) this.#counters.unheard += 1
  }

  /** Whose turn it is in each group, by member. */
  #pick(topic: Topic, route: Route, except: ConnectedMember | undefined): Map<ConnectedMember, number[]> {
    const picks = new Map<ConnectedMember, number[]>()
    const [first] = route.groups
    const turn = topic.turn ?? (first === undefined ? 0 : takeTurn(first.turn))
    topic.turn = (turn + 1) >>> 0
    for (const { entries } of route.groups) {
      const entry = entryAt(entries, turn, except)
      if (entry === undefined) continue
      const chosen = picks.get(entry.member)
      if (chosen === undefined) picks.set(entry.member, [entry.id])
      else chosen.push(entry.id)
      this.#spend(entry)
    }
    return picks
  }

  #deliver(member: ConnectedMember, bytes: Buffer, start: number, end: number): void {
    member.outbox.append(bytes, start, end)
    this.#counters.delivered += 1
    this.written.add(member)
  }

  #subscribe(member: ConnectedMember, fields: SubscribeFields): void {
    const { id, pattern, group, responder, max } = fields
    if (member.subscriptions.has(id)) throw read.badFrame(`subscription ${id} stands already`)
    const limit = this.#owner.limits.subscriptions
    if (member.subscriptions.size >= limit) {
      const text = read.failureText('QUEUE_FULL', `the broker takes no more than ${limit} subscriptions of one member`)
      write.writeNumberAndText(member.outbox.writer, FrameKind.REFUSED, id, text)
      this.written.add(member)
      return
    }
    const remaining = max === 0 ? Infinity : max
    const subscription: Subscription = { id, member, pattern, group, responder, remaining }
    member.subscriptions.set(id, subscription)
    this.#tableOf(subscription).add(subscription)
  }

  #unsubscribe(member: ConnectedMember, id: number): void {
    const subscription = member.subscriptions.get(id)
    // It may have ended here already, by its `max`.
    if (subscription === undefined) return
    member.subscriptions.delete(id)
    this.#tableOf(subscription).remove(subscription)
  }

  /** Counts a message that was given to this subscription alone, and ends it with its last one. */
  #spend(subscription: Subscription): void {
    subscription.remaining -= 1
    if (subscription.remaining === 0) this.#unsubscribe(subscription.member, subscription.id)
  }

  #tableOf(subscription: Subscription): SubscriptionTable | ResponderTable {
    return subscription.responder ? this.requests.responders : this.#subscriptions
  }
}
