import type { Selector } from '@clusterbus/protocol'
import type { PendingRecord, Violation } from '../../history/records.ts'
import type { CopyRecord, InvalidationRecord, ReadRecord } from './records.ts'

/** All that a simulation of caches has brought about, as records that checkers can look through. */
export class CacheLedger {
  /** By their numbers. */
  readonly copies: CopyRecord[] = []
  readonly reads: ReadRecord[] = []
  readonly invalidations: InvalidationRecord[] = []
  /** Looks that have found nothing: there is nothing to judge in them. */
  misses = 0
  readonly pending: Set<PendingRecord> = new Set()
  /** What was seen to be wrong while it happened. */
  readonly violations: Violation[] = []

  violated(checker: string, index: number, message: string): void {
    this.violations.push({ checker, message, index })
  }

  copy(id: number | undefined): CopyRecord | undefined {
    return id === undefined ? undefined : this.copies[id]
  }
}

/** How a line of the history shows what an invalidation is about. */
export function selectorsText(selectors: readonly Selector[]): string {
  return selectors.map(({ kind, text }) => (kind === 'all' ? kind : `${kind} ${text}`)).join(', ')
}
