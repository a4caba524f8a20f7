import { type CacheTerms, read } from '@clusterbus/protocol'
import { refusalText } from '../access/authorize.ts'
import type { CacheMember } from './cache-member.ts'
import type { Claim } from './claims.ts'

/** A cache as one member has opened it. */
export interface Opened {
  /** The member's own number for it. */
  readonly id: number
  readonly owner: CacheMember
  readonly cache: SharedCache
  readonly terms: CacheTerms
  /** Whether the app lets it hold that cache. */
  readonly mayHold: boolean
}

/** What the members that hold a cache of one name share. It is there for as long as one of them has it open. */
export class SharedCache {
  readonly name: string
  /** The broker's number for it. */
  readonly number: number
  /** Members that hold it, and are told what is void. */
  readonly holders: Map<CacheMember, Opened> = new Map()
  /** Members that would hold it, but on other terms, or may not. What they invalidate is void all the same. */
  readonly refused: Set<Opened> = new Set()
  /** Holders that have left, for as long as they may serve from their copies. */
  readonly ghosts: Set<CacheMember> = new Set()
  /** Who loads a key for all of them, by key. */
  readonly claims: Map<string, Claim> = new Map()

  constructor(name: string, number: number) {
    this.name = name
    this.number = number
  }

  get isUnused(): boolean {
    return this.holders.size === 0 && this.refused.size === 0 && this.ghosts.size === 0
  }

  /** Why that member does not hold it, in words; `undefined` if it may. */
  refusalOf({ terms, mayHold }: Opened): string | undefined {
    if (!mayHold) return read.failureText('NOT_ALLOWED', refusalText('cache'))
    const difference = this.differenceTo(terms)
    if (difference === undefined) return undefined
    return read.failureText('BAD_OPTION', `others hold it with different options: ${difference}`)
  }

  /** Where these terms differ from those of the members that hold it, as text; `undefined` when they agree. */
  differenceTo(terms: CacheTerms): string | undefined {
    for (const { terms: theirs, owner } of this.holders.values()) {
      const names = [...new Set([...Object.keys(terms), ...Object.keys(theirs)])].sort()
      const differing = names.filter((name) => terms[name] !== theirs[name])
      if (differing.length === 0) return undefined
      const shown = differing.map((name) => `${name} is ${shownTerm(terms[name])} here and ${shownTerm(theirs[name])}`)
      return `${shown.join(', ')} in member ${owner.member.id}`
    }
    return undefined
  }
}

function shownTerm(value: CacheTerms[string] | undefined): string {
  return value === undefined ? 'not set' : JSON.stringify(value)
}
