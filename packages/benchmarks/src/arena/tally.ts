import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { isSample } from '../workload.ts'
import { nowNs } from './usage.ts'

/** What a subscriber is about to get. */
export interface Expected {
  readonly round: number
  readonly publishers: number
  /** Whether the time that each message was under way is measured. */
  readonly timed: boolean
  /** Whether one message may come several times, to subscriptions that overlap. */
  readonly overlapping: boolean
  /** How long nothing may come before what is missing counts as lost, in milliseconds. */
  readonly quietMs?: number
}

/** What a subscriber got in one round. */
export interface Received {
  readonly messages: number
  /** Messages that came twice, or later than one published after them. */
  readonly disordered: number
  /** When the last publisher's end came, by {@link nowNs}. */
  readonly endedAtNs: number
  readonly latency?: Latency
}

export interface Latency {
  readonly p50Ns: number
  readonly p99Ns: number
  readonly p999Ns: number
}

/** See {@link Expected.quietMs}. */
const defaultQuietMs = 3_000

/** Counts what a subscriber gets, and checks the order of each publisher. */
export class Tally {
  readonly #quietMs: number
  #expected: Expected = { round: -1, publishers: 0, timed: false, overlapping: false }
  #messages = 0
  #disordered = 0
  #ends = 0
  #endedAtNs = 0
  #last: number[] = []
  #histogram: RecordableHistogram | undefined
  #ended: () => void = () => undefined

  constructor(quietMs: number = defaultQuietMs) {
    this.#quietMs = quietMs
  }

  /** Begins a round. Its publishers may begin when this was called. */
  begin(expected: Expected): void {
    this.#expected = expected
    this.#messages = 0
    this.#disordered = 0
    this.#ends = 0
    this.#last = Array.from({ length: expected.publishers }, () => -1)
    this.#histogram = expected.timed ? createHistogram() : undefined
  }

  readonly take = (data: unknown): void => {
    if (!isSample(data)) throw new TypeError('this is not what was published')
    const { n, publisher } = data
    const last = this.#last[publisher] ?? -1
    if (n < last || (n === last && !this.#expected.overlapping)) this.#disordered += 1
    this.#last[publisher] = n
    this.#messages += 1
    this.#histogram?.record(Math.max(1, nowNs() - data.at))
  }

  /** A publisher has published all. An end of another round has come too late and counts for nothing. */
  readonly end = (data: unknown): void => {
    if (!isSample(data) || data.n !== this.#expected.round) return
    this.#ends += 1
    this.#endedAtNs = nowNs()
    if (this.#ends === this.#expected.publishers) this.#ended()
  }

  /** Resolves when all publishers have ended, or when nothing comes any more. */
  async report(): Promise<Received> {
    let before = -1
    while (this.#ends < this.#expected.publishers && this.#messages !== before) {
      before = this.#messages
      await this.#endOrPause()
    }
    const latency = this.#histogram && latencyOf(this.#histogram)
    return {
      messages: this.#messages,
      disordered: this.#disordered,
      endedAtNs: this.#ends < this.#expected.publishers ? nowNs() : this.#endedAtNs,
      ...(latency && { latency }),
    }
  }

  #endOrPause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#expected.quietMs ?? this.#quietMs)
      this.#ended = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

export function latencyOf(histogram: RecordableHistogram): Latency {
  return {
    p50Ns: histogram.percentile(50),
    p99Ns: histogram.percentile(99),
    p999Ns: histogram.percentile(99.9),
  }
}
