import { FrameKind, write } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'
import type { Route } from './routes.ts'

/** Topics seen once that are remembered, to notice when they come again. */
const candidatesMax = 4096
/** New topics that must ask for a number in vain before the table is swept once more. */
const sweepEvery = 1024

/** A topic as the broker meets it. */
export class Topic {
  readonly name: string
  /** 0 while it has none: it then travels by name. */
  number = 0
  /** Where its messages go, as far as `routeVersion` is the present one. */
  route: Route | undefined
  routeVersion = -1
  /** Whose turn it is in the groups of this topic; `undefined` before its first message to one. */
  turn: number | undefined
  /** Whether it was published to since the last sweep. */
  used = true
  /** While its number is being withdrawn: the members that may still use it. */
  awaiting: Set<ConnectedMember> | undefined

  constructor(name: string) {
    this.name = name
  }
}

/**
 * Gives numbers to topics that repeat. A member may always publish by name, so no message waits for a number, and a
 * topic without one is served all the same: with the table full, or a million topics used once, nothing grows.
 *
 * A number is withdrawn in two steps. Every member that knows it is told to publish with it no more (FORGET) and says
 * so in order with what it published (FORGOT); until all have, the number keeps its meaning. A receiver keeps the name
 * until the number is told anew, which happens only after that.
 */
export class TopicTable {
  readonly #numbersMax: number
  readonly #written: Set<ConnectedMember>
  readonly #named = new Map<string, Topic>()
  readonly #candidates = new Map<string, Topic>()
  readonly #numbered: (Topic | undefined)[] = [undefined]
  readonly #free: number[] = []
  readonly #retiring = new Set<Topic>()
  #deniedSinceSweep = 0

  /** Members whose outboxes are added to are put into `written`. */
  constructor(numbersMax: number, written: Set<ConnectedMember>) {
    this.#numbersMax = numbersMax
    this.#written = written
  }

  /** Topics that have a number. */
  get count(): number {
    return this.#named.size + this.#retiring.size
  }

  /** The topic with that number; `undefined` for a number that `member` may not publish with, as far as is known. */
  byNumber(number: number, member: ConnectedMember): Topic | undefined {
    return member.publishable.has(number) ? this.#numbered[number] : undefined
  }

  /** The topic with that number; `undefined` for a number that `member` was not told. */
  told(number: number, member: ConnectedMember): Topic | undefined {
    return member.knownTopics.has(number) ? this.#numbered[number] : undefined
  }

  /** The topic of that name, numbered or not, if it has been met. */
  find(name: string): Topic | undefined {
    return this.#named.get(name) ?? this.#candidates.get(name)
  }

  /** Remembers a topic that is met for the first time. */
  addCandidate(name: string): Topic {
    const topic = new Topic(name)
    if (this.#candidates.size >= candidatesMax) {
      for (const oldest of this.#candidates.keys()) {
        this.#candidates.delete(oldest)
        break
      }
    }
    this.#candidates.set(name, topic)
    return topic
  }

  /** Lets go of every route that is older than `version`, and of the members in it. */
  dropRoutesBefore(version: number): void {
    for (const topics of [this.#named, this.#candidates]) {
      for (const topic of topics.values()) if (topic.routeVersion < version) topic.route = undefined
    }
  }

  /** Gives a topic that came again its number, if there is one left. Its route has to be found again then. */
  promote(topic: Topic): void {
    const number = this.#nextNumber()
    if (number === 0) return
    this.#candidates.delete(topic.name)
    this.#named.set(topic.name, topic)
    this.#numbered[number] = topic
    topic.number = number
    topic.route = undefined
  }

  /** Tells the member the topic's number, unless it has none or the member knows it. */
  announce(topic: Topic, member: ConnectedMember): void {
    if (topic.number === 0 || member.knownTopics.has(topic.number)) return
    const { writer } = member.outbox
    this.#written.add(member)
    member.knownTopics.add(topic.number)
    write.writeNumberAndText(writer, FrameKind.TOPIC, topic.number, topic.name)
    if (topic.awaiting === undefined) return
    // Somebody still publishes with a number that is being withdrawn: to receive it, yes; to use it, no.
    topic.awaiting.add(member)
    write.writeNumber(writer, FrameKind.FORGET, topic.number)
  }

  /** The member has said that it uses the number no more. Returns whether it had been asked to. */
  forgotten(number: number, member: ConnectedMember): boolean {
    const topic = this.#numbered[number]
    if (topic?.awaiting?.delete(member) !== true) return false
    member.knownTopics.delete(number)
    member.publishable.delete(number)
    this.#release(topic)
    return true
  }

  /** A member is gone, and with it every use that it could make of a number. */
  leave(member: ConnectedMember): void {
    for (const topic of this.#retiring) {
      topic.awaiting?.delete(member)
      this.#release(topic)
    }
  }

  /** Starts to withdraw the numbers of up to an eighth of the topics: those not used since the last sweep. */
  sweep(members: Iterable<ConnectedMember>): void {
    this.#deniedSinceSweep = 0
    const all = [...members]
    let quota = Math.max(1, this.#numbersMax >>> 3)
    for (const topic of this.#named.values()) {
      if (!topic.used && quota > 0) {
        quota -= 1
        this.#retire(topic, all)
      }
      topic.used = false
    }
  }

  /** Whether so many topics were refused a number that it is time to look for some that are not used any more. */
  get wantsSweep(): boolean {
    return this.#deniedSinceSweep >= Math.min(sweepEvery, this.#numbersMax) && this.#retiring.size === 0
  }

  #retire(topic: Topic, members: readonly ConnectedMember[]): void {
    const knowing = new Set<ConnectedMember>()
    for (const member of members) {
      if (!member.knownTopics.has(topic.number)) continue
      knowing.add(member)
      this.#written.add(member)
      write.writeNumber(member.outbox.writer, FrameKind.FORGET, topic.number)
    }
    this.#named.delete(topic.name)
    this.#retiring.add(topic)
    topic.awaiting = knowing
    topic.route = undefined
    this.#release(topic)
  }

  #release(topic: Topic): void {
    if (topic.awaiting === undefined || topic.awaiting.size > 0) return
    this.#retiring.delete(topic)
    this.#numbered[topic.number] = undefined
    this.#free.push(topic.number)
  }

  #nextNumber(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#numbered.length <= this.#numbersMax) return this.#numbered.length
    this.#deniedSinceSweep += 1
    return 0
  }
}
