import type { DropRow } from './overflow/drop-account.ts'

/** What a broker has counted since it started. Plain JSON. */
export interface BrokerStats {
  /** Members connected now. */
  readonly members: number
  /** Members that have been connected, those of now included. */
  readonly joined: number
  /** Subscriptions and responders of all members now. */
  readonly subscriptions: number
  /** Topics that have a number now. */
  readonly topics: number
  /** Messages taken from publishers. */
  readonly published: number
  /** Messages thrown away because `authorize` did not let their member publish to that topic. */
  readonly refused: number
  /** Copies of messages queued for members. */
  readonly delivered: number
  /** Requests taken. */
  readonly requests: number
  /** Requests, confirmed messages, invalidations and claims of caches that wait for an answer now. */
  readonly pendingRequests: number
  /** Caches that members hold now, by name. */
  readonly caches: number
  /** Invalidations of caches taken; those of one turn of a bus count as one. */
  readonly invalidations: number
  /** How often an invalidation has waited for a member until its lease had run out. */
  readonly fenced: number
  /** Bytes taken from members. */
  readonly receivedBytes: number
  /** Bytes queued for members now. */
  readonly queuedBytes: number
  /** Messages queued for members now that no link has taken yet. */
  readonly queuedMessages: number
  /** Messages that matched no subscription. */
  readonly unheard: number
  /** Messages dropped because a member did not take them in time. */
  readonly dropped: number
  /** The same by member, topic and reason, in 1,000 rows at most: further ones are summed up. */
  readonly drops: readonly DropRow[]
  /** Messages lost with a dead process: they were queued for a member whose link closed. */
  readonly lost: number
  /** Bytes that the links of such members had taken and may not have brought there. */
  readonly lostBytes: number
  /** Members disconnected because they did not take what was queued for them. */
  readonly overflowed: number
  /** Members disconnected because they did not answer. */
  readonly silenced: number
  /** Members disconnected because they broke the protocol. */
  readonly violated: number
}

/** The part of the statistics that only ever grows. */
export type Counters = {
  -readonly [Name in Exclude<keyof BrokerStats, keyof Gauges>]: number
}

/** The part that is looked up when it is asked for. */
type Gauges = Pick<
  BrokerStats,
  'members' | 'subscriptions' | 'topics' | 'pendingRequests' | 'queuedBytes' | 'queuedMessages' | 'drops' | 'caches'
>

export function newCounters(): Counters {
  return {
    joined: 0,
    published: 0,
    refused: 0,
    delivered: 0,
    requests: 0,
    invalidations: 0,
    fenced: 0,
    receivedBytes: 0,
    unheard: 0,
    dropped: 0,
    lost: 0,
    lostBytes: 0,
    overflowed: 0,
    silenced: 0,
    violated: 0,
  }
}
