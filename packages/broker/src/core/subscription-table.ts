import { isWildcard, PatternIndex } from '@clusterbus/protocol'
import type { ConnectedMember } from './connected-member.ts'
import { MemberCounts } from './member-counts.ts'
import { type GroupRoute, preferPresent, RecipientSets, type Route, type Turn } from './routes.ts'
import type { Subscription } from './subscription.ts'
import type { Topic, TopicTable } from './topic-table.ts'

/** All that subscribes with one pattern. */
interface Subscribers {
  /** The plain subscriptions of each member. */
  readonly plain: MemberCounts
  groups: Map<string, Set<Subscription>> | undefined
}

const noGroups: ReadonlyMap<string, Set<Subscription>> = new Map()

/** Finds where a topic's messages go, and keeps the answer with the topic until a subscription changes it. */
export class SubscriptionTable {
  readonly #index = new PatternIndex<Subscribers>()
  readonly #turns = new Map<string, { readonly turn: Turn; uses: number }>()
  readonly #sets = new RecipientSets()
  readonly #topics: TopicTable
  /** Counts changes of wildcard patterns: each may concern any topic. */
  #version = 0

  constructor(topics: TopicTable) {
    this.#topics = topics
  }

  add(subscription: Subscription): void {
    const { member, pattern, group } = subscription
    let subscribers = this.#index.get(pattern)
    if (subscribers === undefined)
      this.#index.set(pattern, (subscribers = { plain: new MemberCounts(), groups: undefined }))
    if (group === undefined) {
      if (!subscribers.plain.add(member)) return
    } else {
      subscribers.groups ??= new Map()
      const entries = subscribers.groups.get(group)
      if (entries === undefined) subscribers.groups.set(group, new Set([subscription]))
      else entries.add(subscription)
      const shared = this.#turns.get(group)
      if (shared === undefined) this.#turns.set(group, { turn: { next: 0 }, uses: 1 })
      else shared.uses += 1
    }
    this.#changed(pattern)
  }

  remove(subscription: Subscription): void {
    const { member, pattern, group } = subscription
    const subscribers = this.#index.get(pattern)
    if (subscribers === undefined) return
    if (group === undefined) {
      if (!subscribers.plain.remove(member)) return
    } else {
      this.#leaveGroup(subscribers, group, subscription)
    }
    if (subscribers.plain.isEmpty && subscribers.groups === undefined) this.#index.delete(pattern)
    this.#changed(pattern)
  }

  /** The topic's route. Every member on it has been told the topic's number when this returns. */
  route(topic: Topic): Route {
    if (topic.route !== undefined && topic.routeVersion === this.#version) return topic.route
    const route = this.#find(topic.name)
    for (const member of route.recipients) this.#topics.announce(topic, member)
    for (const { entries } of route.groups) for (const { member } of entries) this.#topics.announce(topic, member)
    // A number that is being withdrawn is no longer found by its name, so nothing would tell its route to change.
    if (topic.awaiting !== undefined) return route
    topic.route = route
    topic.routeVersion = this.#version
    return route
  }

  /** A member has become suspect, or is none any more: that concerns every group that it is in. */
  presenceChanged(): void {
    this.#version += 1
  }

  /** Call when all subscriptions of a member that goes were removed: nothing here holds on to it after that. */
  leave(member: ConnectedMember): void {
    this.#sets.leave(member)
    this.#topics.dropRoutesBefore(this.#version)
  }

  #find(name: string): Route {
    const recipients = new Set<ConnectedMember>()
    const groups = new Map<string, Subscription[]>()
    for (const subscribers of this.#index.match(name)) {
      subscribers.plain.collect(recipients)
      for (const [group, entries] of subscribers.groups ?? noGroups) {
        const known = groups.get(group)
        if (known === undefined) groups.set(group, [...entries])
        else known.push(...entries)
      }
    }
    const routes: GroupRoute[] = []
    for (const [group, entries] of groups) {
      routes.push({ entries: preferPresent(entries), turn: this.#turns.get(group)?.turn ?? { next: 0 } })
    }
    return { recipients: this.#sets.share(recipients), groups: routes }
  }

  #leaveGroup(subscribers: Subscribers, group: string, subscription: Subscription): void {
    const entries = subscribers.groups?.get(group)
    entries?.delete(subscription)
    if (entries?.size === 0) subscribers.groups?.delete(group)
    if (subscribers.groups?.size === 0) subscribers.groups = undefined
    const shared = this.#turns.get(group)
    if (shared === undefined) return
    shared.uses -= 1
    if (shared.uses === 0) this.#turns.delete(group)
  }

  #changed(pattern: string): void {
    if (isWildcard(pattern)) {
      this.#version += 1
      return
    }
    const topic = this.#topics.find(pattern)
    if (topic !== undefined) topic.route = undefined
  }
}
