import type { Confirmation, SlowEvent } from '@clusterbus/client'

/** A message that `publish` took. Where it stands among its publisher's is its number. */
export interface PublishRecord {
  readonly publisher: string
  readonly number: number
  readonly topic: string
  readonly echo: boolean
  readonly index: number
  /** When a flush had said that the broker has routed it. */
  routedIndex: number | undefined
  /** Whether the broker does not let its publisher publish it, or has not taken it, as its publisher was told, or may have told it when that had given up waiting. */
  refused: 'no' | 'maybe' | 'yes'
  /** What its publisher wanted to hear of it. */
  readonly confirm: ConfirmRecord | undefined
}

/** How a message that is to be confirmed was settled. */
export interface ConfirmRecord {
  readonly mode: 'routed' | 'handled'
  /** Virtual milliseconds. */
  readonly at: number
  readonly timeoutMs: number
  aborted: boolean
  outcome: ConfirmOutcome | undefined
}

export interface ConfirmOutcome {
  readonly index: number
  readonly at: number
  readonly confirmation: Confirmation | undefined
  /** The code of the error, where there is no confirmation. */
  readonly code: string | undefined
}

/** A message as a subscription got it. */
export interface DeliveryRecord {
  /** What its data says. */
  readonly publisher: string
  readonly number: number
  readonly topic: string
  /** What the broker says. */
  readonly from: number
  readonly gap: number
  readonly index: number
  /** The line that was next when the handler was through with it. */
  settledIndex: number | undefined
  /** Whether the handler has failed at it. */
  failed: boolean
}

/** How a subscription or responder ended. */
export type EndReason = 'unsubscribe' | 'drain' | 'max' | 'refused' | 'bus'

/** One subscription or responder. */
export interface SubscriptionRecord {
  readonly id: number
  readonly member: string
  readonly pattern: string
  readonly group: string | undefined
  readonly max: number
  readonly responder: boolean
  readonly madeIndex: number
  /** Since when the broker is known to have it; not while its link is lost. */
  establishedIndex: number | undefined
  /** When it was told to drain. */
  drainIndex: number | undefined
  /** Whether its bus was closed while it drained: what still waited in it is dropped then. */
  isCutShort: boolean
  endedIndex: number | undefined
  endReason: EndReason | undefined
  /** Whether only the newest message of each topic waits in it. */
  readonly conflates: boolean
  /** Whether it gives up its link when too much waits. */
  readonly disconnects: boolean
  readonly deliveries: DeliveryRecord[]
}

/** A `slow` event. */
export interface SlowRecord extends SlowEvent {
  readonly index: number
}

/** How a request ended. */
export interface RequestOutcome {
  readonly index: number
  readonly at: number
  /** The answer, or the code of the error. */
  readonly reply: unknown
  readonly code: string | undefined
}

export interface RequestRecord {
  /** Who made it, and its number there. */
  readonly key: string
  readonly requester: string
  readonly topic: string
  readonly index: number
  readonly at: number
  readonly timeoutMs: number
  aborted: boolean
  outcome: RequestOutcome | undefined
}

/** A request as a responder got it. */
export interface HandledRecord {
  readonly key: string
  readonly responder: string
  readonly pattern: string
  readonly topic: string
  readonly index: number
}

/** Something that must come to an end. */
export interface PendingRecord {
  readonly member: string
  readonly what: string
  readonly index: number
}

/** A promise that was broken. */
export interface Violation {
  /** The checker that noticed. */
  readonly checker: string
  readonly message: string
  /** The line of the history that it is about. */
  readonly index: number
}
