/** A message that `publish` took. Where it stands among its publisher's is its number. */
export interface PublishRecord {
  readonly publisher: string
  readonly number: number
  readonly topic: string
  readonly echo: boolean
  readonly index: number
  /** When a flush had said that the broker has routed it. */
  routedIndex: number | undefined
}

/** A message as a subscription got it. */
export interface DeliveryRecord {
  /** What its data says. */
  readonly publisher: string
  readonly number: number
  readonly topic: string
  /** What the broker says. */
  readonly from: number
  readonly index: number
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
  endedIndex: number | undefined
  endReason: EndReason | undefined
  /** Whether a queue of its own has overflowed. */
  overflowed: boolean
  readonly deliveries: DeliveryRecord[]
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
