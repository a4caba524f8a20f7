import type { Broker } from '@clusterbus/broker'
import { matches } from '@clusterbus/protocol'
import { countFor } from '../load/numbered.ts'
import { patterns } from '../load/order.ts'
import type { FinalReport, Progress } from '../load/report.ts'
import type { PublisherTally } from '../load/tally.ts'
import type { Books } from './crew.ts'

/** What the members' books are compared with. */
export interface Reference {
  /** Codes with which requests and confirmations may end beside success. */
  readonly codes: readonly string[]
  /** Messages that the link of a member was given. */
  readonly takenBy: (member: number) => number
  /** What the broker has dropped. */
  readonly drops: readonly DropRow[]
}

type DropRow = ReturnType<Broker['stats']>['drops'][number]

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
    Record<
      | 'published'
      | 'handed'
      | 'inversions'
      | 'duplicates'
      | 'jobs'
      | 'jobsDone'
      | 'asked'
      | 'failed'
      | 'missing'
      | 'dropped',
      number
    >
  > {
    const all = [...this.#progress.values()]
    const finals = [...this.#finals.values(), ...this.#left.values()]
    const tallied = finals.flatMap(({ tallies }) => Object.values(tallies['load.>'] ?? {}))
    return {
      published: sum(all.map(({ published }) => published)),
      handed: sum(all.map(({ handed }) => handed)),
      inversions: sum(all.map(({ inversions }) => inversions)),
      duplicates: sum(all.map(({ duplicates }) => duplicates)),
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
  close(reference: Reference): void {
    for (const [serial, report] of [...this.#finals, ...this.#left]) {
      const { asked, answered, failed, pendingRequests } = report
      const ended = answered + sum(Object.values(failed))
      if (asked !== ended) this.violations.push(`member ${serial} asked ${asked} times and was told ${ended} times`)
      if (pendingRequests > 0) this.violations.push(`member ${serial} has ${pendingRequests} requests left over`)
      for (const [code, count] of Object.entries(failed)) {
        if (!reference.codes.includes(code))
          this.violations.push(`member ${serial}: ${count} requests failed with ${code}`)
      }
      this.#closeLink(report, reference)
      this.#closeSubscriptions(report, reference.drops)
      this.#closeSlow(report)
    }
  }

  /** Over a link that was not lost comes all that it was given, and word of all that it was not. */
  #closeLink({ serial, member, disconnects, received, missed }: FinalReport, { takenBy, drops }: Reference): void {
    if (disconnects > 0) return
    const taken = takenBy(member)
    if (received !== taken) {
      this.violations.push(`member ${serial} has got ${received} messages, and its link was given ${taken}`)
    }
    const dropped = sum(drops.filter((row) => row.member === member).map(({ messages }) => messages))
    if (missed !== dropped) {
      this.violations.push(`member ${serial} was told of ${missed} messages dropped for it, of ${dropped}`)
    }
  }

  /** What a subscription that is too slow has not got, its bus has counted. */
  #closeSlow({ serial, slow, dropped, disconnects }: FinalReport): void {
    const missing = sum(Object.values(slow).map((tally) => tally.missing))
    if (missing <= dropped || disconnects > 0) return
    this.violations.push(`member ${serial} has not got ${missing} messages, and ${dropped} were counted as dropped`)
  }

  #closeSubscriptions(report: FinalReport, drops: readonly DropRow[]): void {
    const dropped = drops.filter(({ member }) => member === report.member && report.disconnects === 0)
    for (const pattern of patterns) {
      // A topic that is not named may be any.
      const excused = sum(
        dropped.filter(({ topic }) => topic === '' || matches(pattern, topic)).map(({ messages }) => messages),
      )
      let missing = 0
      for (const publisher of this.#progress.values()) {
        const lacks = this.#lacks(report, publisher, pattern)
        missing += lacks.messages
        // One link that is lost leaves one gap.
        const losses = report.disconnects + publisher.disconnects
        if (excused > 0 || lacks.gaps <= losses) continue
        const what = `${lacks.gaps} gaps in ${pattern} of ${publisher.serial}, and ${losses} links lost`
        const tally = JSON.stringify(report.tallies[pattern]?.[publisher.serial])
        this.violations.push(`member ${report.serial}: ${what}: ${tally}, ${publisher.published} published`)
      }
      if (excused === 0 || missing <= excused || this.#someLinkWasLost()) continue
      this.violations.push(`member ${report.serial}: ${missing} of ${pattern} are missing, and ${excused} were dropped`)
    }
  }

  #lacks(report: FinalReport, publisher: Progress, pattern: string): Lack {
    // Of one that has died nobody knows how far it got; what is seen of it must still be without a gap.
    const isKnown = this.#finals.has(publisher.serial) || this.#left.has(publisher.serial)
    const untilTheLast = isKnown && this.#finals.has(report.serial)
    const fromTheFirst = (this.#readyBefore.get(report.serial) ?? Infinity) <= publisher.serial
    const tally = report.tallies[pattern]?.[publisher.serial]
    return lackOf(tally, pattern, fromTheFirst, untilTheLast ? publisher.published : 0)
  }

  #someLinkWasLost(): boolean {
    return [...this.#progress.values()].some(({ disconnects }) => disconnects > 0)
  }
}

/** Stretches that a subscription has not got of a publisher, and how many messages those are. */
interface Lack {
  readonly gaps: number
  readonly messages: number
}

function lackOf(tally: PublisherTally | undefined, pattern: string, fromTheFirst: boolean, published: number): Lack {
  const head = fromTheFirst ? countFor(pattern, 0, tally?.first ?? published) : 0
  const tail = tally === undefined ? 0 : countFor(pattern, tally.last + 1, published)
  return {
    gaps: (head > 0 ? 1 : 0) + (tally?.gaps ?? 0) + (tail > 0 ? 1 : 0),
    messages: head + (tally?.missing ?? 0) + tail,
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
