import { nextFor } from '../load/numbered.ts'
import { patterns } from '../load/order.ts'
import type { FinalReport, Progress } from '../load/report.ts'
import type { PublisherTally } from '../load/tally.ts'
import type { Books } from './crew.ts'

/** What may happen in a scenario beside success. */
export interface Allowed {
  /** Codes with which requests and confirmations may end. */
  readonly codes: readonly string[]
}

/** The books of all members, and what does not balance in them. */
export class Ledger implements Books {
  readonly violations: string[] = []
  readonly #progress = new Map<number, Progress>()
  readonly #finals = new Map<number, FinalReport>()
  readonly #left = new Map<number, FinalReport>()
  /** Members that had all of their subscriptions before this serial number was given to another one. */
  readonly #readyBefore = new Map<number, number>()
  readonly #worked = new Map<string, number>()

  progress(progress: Progress): void {
    const before = this.#progress.get(progress.serial)?.faults.length ?? 0
    for (const fault of progress.faults.slice(before)) this.violations.push(`member ${progress.serial}: ${fault}`)
    for (const work of progress.worked) {
      const by = this.#worked.get(work)
      if (by !== undefined) this.violations.push(`${work} was worked at by ${by} and by ${progress.serial}`)
      this.#worked.set(work, progress.serial)
    }
    this.#progress.set(progress.serial, progress)
  }

  final(report: FinalReport): void {
    this.progress(report)
    this.#finals.set(report.serial, report)
  }

  left(report: FinalReport): void {
    this.progress(report)
    this.#left.set(report.serial, report)
  }

  ready(serial: number, nextSerial: number): void {
    this.#readyBefore.set(serial, nextSerial)
  }

  /** Sums over all members, also those that have died. */
  get figures(): Readonly<
    Record<'published' | 'jobs' | 'jobsDone' | 'asked' | 'failed' | 'missing' | 'dropped', number>
  > {
    const all = [...this.#progress.values()]
    const finals = [...this.#finals.values(), ...this.#left.values()]
    const tallied = finals.flatMap(({ tallies }) => Object.values(tallies['load.>'] ?? {}))
    return {
      published: sum(all.map(({ published }) => published)),
      jobs: sum(all.map(({ jobs }) => jobs)),
      jobsDone: [...this.#worked.keys()].filter((work) => work.startsWith('job')).length,
      asked: sum(all.map(({ asked }) => asked)),
      failed: sum(all.flatMap(({ failed }) => Object.values(failed))),
      missing: sum(tallied.map(({ missing }) => missing)),
      dropped: sum(finals.map(({ dropped }) => dropped)),
    }
  }

  get failures(): Readonly<Record<string, number>> {
    const codes: Record<string, number> = {}
    for (const { failed } of this.#progress.values()) {
      for (const [code, count] of Object.entries(failed)) codes[code] = (codes[code] ?? 0) + count
    }
    return codes
  }

  /** Balances the books, when all who still live have told what they got. */
  close({ codes }: Allowed): void {
    for (const [serial, report] of [...this.#finals, ...this.#left]) {
      const { asked, answered, failed, pendingRequests } = report
      const ended = answered + sum(Object.values(failed))
      if (asked !== ended) this.violations.push(`member ${serial} asked ${asked} times and was told ${ended} times`)
      if (pendingRequests > 0) this.violations.push(`member ${serial} has ${pendingRequests} requests left over`)
      for (const [code, count] of Object.entries(failed)) {
        if (!codes.includes(code)) this.violations.push(`member ${serial}: ${count} requests failed with ${code}`)
      }
      this.#closeSubscriptions(report)
      this.#closeSlow(report)
    }
  }

  /** What a subscription that is too slow has not got, its bus has counted. */
  #closeSlow({ serial, slow, dropped, disconnects }: FinalReport): void {
    const missing = sum(Object.values(slow).map((tally) => tally.missing))
    if (missing <= dropped || disconnects > 0) return
    this.violations.push(`member ${serial} has not got ${missing} messages, and ${dropped} were counted as dropped`)
  }

  #closeSubscriptions(report: FinalReport): void {
    for (const publisher of this.#progress.values()) {
      // Of one that has died nobody knows how far it got; what is seen of it must still be without a gap.
      const isKnown = this.#finals.has(publisher.serial) || this.#left.has(publisher.serial)
      const untilTheLast = isKnown && this.#finals.has(report.serial)
      const fromTheFirst = (this.#readyBefore.get(report.serial) ?? Infinity) <= publisher.serial
      for (const pattern of patterns) {
        const tally = report.tallies[pattern]?.[publisher.serial]
        const gaps = gapsOf(tally, pattern, fromTheFirst, untilTheLast ? publisher.published : 0)
        // One link that is lost leaves one gap.
        const losses = report.disconnects + publisher.disconnects
        if (gaps > losses) {
          const what = `${gaps} gaps in ${pattern} of ${publisher.serial}, and ${losses} links lost`
          this.violations.push(
            `member ${report.serial}: ${what}: ${JSON.stringify(tally)}, ${publisher.published} published`,
          )
        }
      }
    }
  }
}

function gapsOf(tally: PublisherTally | undefined, pattern: string, fromTheFirst: boolean, published: number): number {
  if (tally === undefined) return fromTheFirst && nextFor(pattern, 0) < published ? 1 : 0
  const head = fromTheFirst && tally.first > nextFor(pattern, 0) ? 1 : 0
  const tail = nextFor(pattern, tally.last + 1) < published ? 1 : 0
  return head + tally.gaps + tail
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
