import type { Tallied } from './tally.ts'

/** What a member has done so far: small enough to be told ten times a second. */
export interface Progress {
  readonly serial: number
  /** Numbered messages and jobs that the bus has taken. */
  readonly published: number
  readonly jobs: number
  /** Requests and confirmations begun, and how they ended, once each. */
  readonly asked: number
  readonly answered: number
  readonly failed: Readonly<Record<string, number>>
  /** Numbered messages that its subscriptions were handed, and how many of those came too late, or twice. */
  readonly handed: number
  readonly inversions: number
  readonly duplicates: number
  /** How often it has lost its link. */
  readonly disconnects: number
  /** What may never happen, and did. */
  readonly faults: readonly string[]
  /** Jobs and requests of others that it has worked at since it told the last time: `job 3.17`, `ask 2.4`. */
  readonly worked: readonly string[]
}

/** What a member has got when all is quiet. */
export interface FinalReport extends Progress {
  /** By pattern. */
  readonly tallies: Readonly<Record<string, Tallied>>
  /** What its slow subscription got. */
  readonly slow: Tallied
  /** Messages that its bus has dropped and counted. */
  readonly dropped: number
  readonly pendingRequests: number
  /** What its bus is to the broker. */
  readonly member: number
  /** Messages that its bus took from its links, and such as the broker told it that it has missed. */
  readonly received: number
  readonly missed: number
}

export function isProgress(value: unknown): value is { readonly progress: Progress } {
  return typeof value === 'object' && value !== null && 'progress' in value
}
