import type { CacheLedger } from '../record/cache-ledger.ts'
import { coveringNames, nameOf } from '../record/covering.ts'
import type { CopyRecord, InvalidationRecord, ReadRecord } from '../record/records.ts'
import { shownKey } from '../work/reading.ts'

/** For each selector, the latest beginning of an invalidation of it that counts. */
type Floors = Map<string, InvalidationRecord>

/** What there is to look at, in the order of the history. */
interface Step {
  readonly index: number
  readonly read?: ReadRecord
  /** An invalidation was acknowledged: it counts for everybody. */
  readonly acknowledged?: InvalidationRecord
  /** An invalidation was called: it counts for its own worker. */
  readonly called?: InvalidationRecord
}

/**
 * The first promise: a read that starts after an invalidation was acknowledged, in any worker, returns nothing whose load
 * began before that invalidation; in the worker that has called it, neither does a read that starts after the call.
 * It also finds loads that were overtaken and stored, or joined, all the same.
 */
export function checkStaleness(ledger: CacheLedger): void {
  const everywhere: Floors = new Map()
  const own = new Map<string, Floors>()
  const taken = new Map<string, Floors>()
  for (const { read, acknowledged, called } of stepsOf(ledger)) {
    if (acknowledged !== undefined) raise(everywhere, acknowledged)
    if (called !== undefined) {
      raise(floorsOf(own, called.member), called)
      if (called.ended?.error === undefined) raise(floorsOf(taken, called.member), called)
    }
    const copy = ledger.copy(read?.copy)
    if (read === undefined || copy === undefined) continue
    // A call that was refused has voided what this worker has, and no load of another that it is given.
    const floors = copy.member === read.member ? own : taken
    const overtaken = overtaking(copy, read, everywhere) ?? overtaking(copy, read, floors.get(read.member))
    if (overtaken === undefined) continue
    const what = `${read.call} of ${shownKey(read.cache, read.key)} in ${read.member} returned copy ${copy.id}`
    const message = `${what}, whose load began in ${copy.beganIndex}, after the invalidation that began in ${overtaken.index} had ended`
    ledger.violated('staleness', read.ended?.index ?? read.index, message)
  }
}

function stepsOf({ reads, invalidations }: CacheLedger): Step[] {
  const steps: Step[] = reads.map((read) => ({ index: read.index, read }))
  for (const invalidation of invalidations) {
    const { index, ended } = invalidation
    steps.push({ index, called: invalidation })
    if (ended !== undefined && ended.error === undefined) {
      steps.push({ index: ended.index, acknowledged: invalidation })
    }
  }
  return steps.sort((a, b) => a.index - b.index)
}

function floorsOf(byMember: Map<string, Floors>, member: string): Floors {
  const floors = byMember.get(member) ?? new Map<string, InvalidationRecord>()
  byMember.set(member, floors)
  return floors
}

function raise(floors: Floors, invalidation: InvalidationRecord): void {
  for (const selector of invalidation.selectors) {
    const name = `${invalidation.cache} ${nameOf(selector)}`
    const present = floors.get(name)
    if (present === undefined || present.index < invalidation.index) floors.set(name, invalidation)
  }
}

function overtaking(
  copy: CopyRecord,
  { cache }: ReadRecord,
  floors: Floors | undefined,
): InvalidationRecord | undefined {
  if (floors === undefined) return undefined
  for (const name of coveringNames(copy.key, copy.value?.tags ?? [])) {
    const invalidation = floors.get(`${cache} ${name}`)
    if (invalidation !== undefined && invalidation.index > copy.beganIndex) return invalidation
  }
  return undefined
}
