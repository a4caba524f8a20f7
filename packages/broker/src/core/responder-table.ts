import { PatternIndex } from '@clusterbus/protocol'
import { entryAt, preferPresent, takeTurn, type Turn } from './routes.ts'
import type { Subscription } from './subscription.ts'

/** All that answers requests with one pattern. */
interface Responders {
  readonly alone: Set<Subscription>
  readonly groups: Map<string, GroupChoice>
  readonly turn: Turn
}

interface GroupChoice {
  readonly entries: Set<Subscription>
  readonly turn: Turn
}

/** Who answers a topic, and whose turn it is. */
interface Choice {
  readonly choices: readonly (Subscription | GroupChoice)[]
  readonly turn: Turn
}

/** Topics whose responders are remembered; past that, remembering starts again from nothing. */
const rememberedMax = 4096
/** Most responders of a topic that is remembered: with more, finding them is not what costs. */
const rememberedChoicesMax = 64

/** Finds who answers a request: one responder, in turn. Those of a group count as one among the others. */
export class ResponderTable {
  readonly #index = new PatternIndex<Responders>()
  /** What was found for topics that somebody answers, until a responder comes or goes. */
  readonly #remembered = new Map<string, Choice>()

  add(subscription: Subscription): void {
    this.#remembered.clear()
    const { pattern, group } = subscription
    let responders = this.#index.get(pattern)
    if (responders === undefined) {
      responders = { alone: new Set(), groups: new Map(), turn: { next: 0 } }
      this.#index.set(pattern, responders)
    }
    if (group === undefined) {
      responders.alone.add(subscription)
      return
    }
    const shared = responders.groups.get(group)
    if (shared === undefined) responders.groups.set(group, { entries: new Set([subscription]), turn: { next: 0 } })
    else shared.entries.add(subscription)
  }

  remove(subscription: Subscription): void {
    this.#remembered.clear()
    const { pattern, group } = subscription
    const responders = this.#index.get(pattern)
    if (responders === undefined) return
    responders.alone.delete(subscription)
    if (group !== undefined) {
      const shared = responders.groups.get(group)
      shared?.entries.delete(subscription)
      if (shared?.entries.size === 0) responders.groups.delete(group)
    }
    if (responders.alone.size === 0 && responders.groups.size === 0) this.#index.delete(pattern)
  }

  /** A member has become suspect, or is none any more. */
  presenceChanged(): void {
    this.#remembered.clear()
  }

  /** Whether it was found before who answers `topic`, which is a good topic then. */
  remembers(topic: string): boolean {
    return this.#remembered.has(topic)
  }

  /** Whose turn it is to answer a request for `topic`. */
  choose(topic: string): Subscription | undefined {
    const found = this.#remembered.get(topic) ?? this.#find(topic)
    if (found === undefined) return undefined
    const { choices, turn } = found
    const choice = choices[takeTurn(turn) % choices.length]
    if (choice === undefined || 'member' in choice) return choice
    return entryAt(preferPresent([...choice.entries]), takeTurn(choice.turn), undefined)
  }

  #find(topic: string): Choice | undefined {
    const matching = this.#index.match(topic)
    const [first] = matching
    if (first === undefined) return undefined
    const all = matching.flatMap(({ alone, groups }) => [...alone, ...groups.values()])
    const present = all.filter(isPresent)
    const choices = present.length > 0 ? present : all
    const found = { choices, turn: first.turn }
    if (choices.length > rememberedChoicesMax) return found
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear()
    this.#remembered.set(topic, found)
    return found
  }
}

/** Whether somebody who answers may be chosen. */
function isPresent(choice: Subscription | GroupChoice): boolean {
  return 'member' in choice ? !choice.member.isSuspect : [...choice.entries].some(({ member }) => !member.isSuspect)
}
