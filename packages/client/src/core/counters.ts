/** What a bus has counted since it was created. Plain JSON. */
export interface BusStats {
  readonly connected: boolean
  /** How often it connected. */
  readonly connects: number
  /** Messages published. */
  readonly published: number
  /** Messages published that the broker did not let this bus publish, as far as it has said so. */
  readonly refused: number
  /** Messages that came in and were handed to at least one subscription. */
  readonly received: number
  /** Messages dropped because a subscription's queue was full. */
  readonly dropped: number
  /** Messages that the broker dropped, because this bus did not take them in time. */
  readonly missed: number
  /** Messages that could not be decoded, or that the schema of their topic refused where they arrived. */
  readonly undecodable: number
  /** Subscriptions and responders now. */
  readonly subscriptions: number
  /** Requests made. */
  readonly requests: number
  /** Requests answered for others. */
  readonly responses: number
  /** Requests that wait for their reply now, and messages that wait to be confirmed. */
  readonly pendingRequests: number
  /** Bytes that have not left the bus yet. */
  readonly queuedBytes: number
}

/** The part of the statistics that only ever grows. */
export type Counters = {
  -readonly [Name in Exclude<keyof BusStats, keyof Gauges>]: number
}

/** The part that is looked up when it is asked for. */
type Gauges = Pick<BusStats, 'connected' | 'subscriptions' | 'pendingRequests' | 'queuedBytes'>

export function newCounters(): Counters {
  return {
    connects: 0,
    published: 0,
    refused: 0,
    received: 0,
    dropped: 0,
    missed: 0,
    undecodable: 0,
    requests: 0,
    responses: 0,
  }
}
