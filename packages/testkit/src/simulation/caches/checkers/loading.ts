import { BusError } from '@clusterbus/protocol'
import type { CacheLedger } from '../record/cache-ledger.ts'
import type { CopyRecord, ReadRecord } from '../record/records.ts'
import type { CacheSimulationScenario } from '../world/scenario.ts'
import { shownKey, textOf } from '../work/reading.ts'

/** A limit that no workload meets. */
const manyPending = 10_000

/** Errors with which a `fetch` may end though its loader has not failed. */
const ownCodes = new Set(['ABORTED', 'CLOSED'])

/** Readers get what became of the load that they began or joined: its value, also when it was voided, or its very error. */
export function checkReaders(ledger: CacheLedger): void {
  for (const read of ledger.reads) {
    const { ended, load } = read
    if (ended === undefined || read.call !== 'fetch' || isOwn(ended.error)) continue
    const fault = load === undefined ? faultOfJoined(ledger, read) : faultOfOwn(read, load)
    if (fault === undefined) continue
    const message = `fetch of ${shownKey(read.cache, read.key)} in ${read.member}, called in ${read.index}, ${fault}`
    ledger.violated('readers', ended.index, message)
  }
}

/** Concurrent reads of a key in one worker load once, as long as nothing has come between them. */
export function checkSingleFlight(ledger: CacheLedger): void {
  const running = new Map<string, CopyRecord[]>()
  for (const copy of ledger.copies) {
    if (copy.origin !== 'load') continue
    const where = `${copy.member} ${shownKey(copy.cache, copy.key)}`
    const loads = running.get(where)?.filter((other) => isRunningAt(other, copy.beganIndex)) ?? []
    running.set(where, [...loads, copy])
    const doubled = loads.find((other) => couldBeJoined(other, copy))
    if (doubled === undefined) continue
    const message = `${where} is loaded by ${copy.id} while ${doubled.id} is under way and could be joined`
    ledger.violated('single flight', copy.beganIndex, message)
  }
}

/** An entry does not outlive its ttl. `drift` is how far clocks run apart. */
export function checkTtl(ledger: CacheLedger, ttlOf: (cache: string) => number | undefined, drift: number): void {
  for (const { how, copy, member, cache, key, at, index } of ledger.reads) {
    const ttl = ttlOf(cache)
    const source = how === 'hit' ? ledger.copy(copy) : undefined
    if (ttl === undefined || source?.ended === undefined || source.member !== member) continue
    const ageMs = at - source.ended.at
    if (ageMs <= ttl / (1 - drift) + 1) continue
    ledger.violated('ttl', index, `${shownKey(cache, key)} is ${ageMs.toFixed(1)} ms old in ${member}`)
  }
}

/** Calls that invalidate fail for the reasons that they name, and not before their time. */
export function checkInvalidations(
  ledger: CacheLedger,
  { drift, pendingMax }: Pick<CacheSimulationScenario, 'drift' | 'pendingMax'>,
): void {
  for (const { ended, member, index, at, timeoutMs, inBlock, wasClosed } of ledger.invalidations) {
    if (ended === undefined || ended.error === undefined) continue
    const code = textOf(ended.error)
    const tookMs = ended.at - at
    const isEarly = code === 'TIMEOUT' && !inBlock && tookMs < timeoutMs * (1 - drift) - 2
    const known = ['TIMEOUT']
    if (wasClosed) known.push('CLOSED', 'DISCONNECTED')
    if (pendingMax < manyPending) known.push('QUEUE_FULL')
    if (!isEarly && known.includes(code)) continue
    const message = `the invalidation of ${member} in ${index} has ended with ${code} after ${tookMs.toFixed(1)} ms`
    ledger.violated('invalidations', ended.index, message)
  }
}

function isOwn(error: unknown): boolean {
  return error instanceof BusError && ownCodes.has(error.code)
}

function faultOfOwn({ ended, copy }: ReadRecord, load: CopyRecord): string | undefined {
  if (load.ended === undefined) return `has ended before its own load ${load.id}`
  if (load.ended.error !== undefined) {
    return ended?.error === load.ended.error ? undefined : `did not get the error of its own load ${load.id}`
  }
  return copy === load.id ? undefined : `did not get the value of its own load ${load.id}`
}

function faultOfJoined(ledger: CacheLedger, read: ReadRecord): string | undefined {
  const { ended, index } = read
  if (ended?.error !== undefined) {
    const failed = ledger.copies.find((copy) => copy.ended?.error === ended.error)
    if (failed === undefined) return `ended with ${textOf(ended.error)}, which no loader has said`
    const wasUnderWay = failed.member === read.member && failed.key === read.key && isRunningAt(failed, index)
    return wasUnderWay || begunLater(failed, read)
      ? undefined
      : `got the error of load ${failed.id}, which it had not joined`
  }
  const source = ledger.copy(read.copy)
  if (source === undefined) return 'returned a value that nobody has loaded'
  if (source.key !== read.key || source.cache !== read.cache)
    return `returned copy ${source.id}, which is of another key`
  if (read.how !== 'joined' || source.member !== read.member) return undefined
  return isRunningAt(source, index) || begunLater(source, read)
    ? undefined
    : `got copy ${source.id}, which was not under way`
}

/** A load that waited for the right to load when it was joined. */
function begunLater({ read, beganIndex }: CopyRecord, { index }: ReadRecord): boolean {
  return read !== undefined && read.index < index && beganIndex > index
}

function isRunningAt({ beganIndex, ended }: CopyRecord, index: number): boolean {
  return beganIndex < index && (ended === undefined || ended.index > index)
}

/** Whether the reader of `copy` came while `other` could be joined: both had a lease throughout, and nothing was voided. */
function couldBeJoined(other: CopyRecord, copy: CopyRecord): boolean {
  const [first, second] = [other.state, copy.state]
  const cameBehind = copy.read !== undefined && copy.read.index > other.beganIndex
  const isLeft = other.abandonedIndex !== undefined && other.abandonedIndex < copy.beganIndex
  if (!cameBehind || isLeft || !first.mayServe || !second.mayServe || first.epoch !== second.epoch) return false
  // Whether there was a lease at one moment, figures do not tell: only that there was one before it and behind it.
  const tookMs = copy.ended === undefined ? 0 : copy.ended.at - copy.beganAt
  const wasFenced = tookMs < 1 || copy.fencedMsAtEnd !== first.fencedMs
  return !wasFenced && first.loadsVoided === second.loadsVoided
}
