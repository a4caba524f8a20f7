import type { Invalidation } from '@clusterbus/cache'
import type { Selector } from '@clusterbus/protocol'
import { selectorsText } from '../record/cache-ledger.ts'
import { coveringNames, keySelectorOf, nameOf } from '../record/covering.ts'
import type { CachedValue, CopyRecord, InvalidationRecord, SimulatedKey } from '../record/records.ts'
import type { CacheMember } from '../world/cache-member.ts'
import { type Database, tagsOf } from '../world/database.ts'
import { shownKey, textOf } from './reading.ts'

const defaultTimeoutMs = 5_000

/** What is to be invalidated, with the call that does it. */
export type Write =
  | { readonly kind: 'keys'; readonly keys: readonly SimulatedKey[] }
  | { readonly kind: 'tags'; readonly tags: readonly string[] }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'all' }

/** Changes the rows concerned, and invalidates them. `resolved` is called when that is acknowledged. */
export function invalidate(
  member: CacheMember,
  cacheName: string,
  write: Write,
  database: Database,
  resolved: (record: InvalidationRecord) => void,
  timeoutMs: number = defaultTimeoutMs,
): InvalidationRecord {
  const selectors = selectorsOf(write)
  const cache = member.cache(cacheName)
  const named = new Set(selectors.map(nameOf))
  for (const key of member.world.scenario.keys) {
    const isConcerned = coveringNames(key, tagsOf(key, database.version(key))).some((name) => named.has(name))
    if (isConcerned) database.change(key)
  }
  const record = begin(member, cacheName, selectors, timeoutMs)
  const options = timeoutMs === defaultTimeoutMs ? {} : { timeout: timeoutMs }
  const answers = {
    keys: () => cache.invalidate(write.kind === 'keys' ? [...write.keys] : [], options),
    tags: () => cache.invalidateTags(write.kind === 'tags' ? write.tags : [], options),
    prefix: () => cache.invalidatePrefix(write.kind === 'prefix' ? write.prefix : '', options),
    all: () => cache.clear(options),
  }
  follow(member, record, answers[write.kind](), resolved)
  return record
}

/** Changes a row, and stores it here. */
export function set(
  member: CacheMember,
  cacheName: string,
  key: SimulatedKey,
  database: Database,
  resolved: (record: InvalidationRecord) => void,
): void {
  const { ledger, time } = member.world
  database.change(key)
  const state = { ...member.state(cacheName), fencedMs: 0, loadsVoided: 0 }
  const record = begin(member, cacheName, [keySelectorOf(key)], defaultTimeoutMs)
  const id = ledger.copies.length
  const value: CachedValue = database.read(key, id)
  const beganIndex = member.log(`sets ${shownKey(cacheName, key)} to copy ${id}, version ${value.version}`)
  const shared = {
    member: member.name,
    cache: cacheName,
    key,
    state,
    value,
    read: undefined,
    fencedMsAtEnd: NaN,
    beganAt: time.now,
    abandonedIndex: undefined,
  }
  const ended = { index: beganIndex, at: time.now, error: undefined }
  const copy: CopyRecord = { ...shared, id, origin: 'set', beganIndex, ended }
  ledger.copies.push(copy)
  follow(member, record, member.cache(cacheName).set(key, value, { tags: value.tags }), resolved)
}

function begin(
  member: CacheMember,
  cache: string,
  selectors: readonly Selector[],
  timeoutMs: number,
): InvalidationRecord {
  const { ledger, time } = member.world
  const index = member.log(`invalidates ${selectorsText(selectors)} of ${cache}`)
  const record: InvalidationRecord = {
    member: member.name,
    cache,
    selectors,
    index,
    at: time.now,
    timeoutMs,
    inBlock: member.busy === 'blocked',
    wasClosed: false,
    ended: undefined,
    members: 0,
    fenced: 0,
  }
  ledger.invalidations.push(record)
  return record
}

function follow(
  member: CacheMember,
  record: InvalidationRecord,
  answer: Promise<Invalidation>,
  resolved: (record: InvalidationRecord) => void,
): void {
  const { time } = member.world
  const cache = member.cache(record.cache)
  const ended = member.begin(`invalidates ${selectorsText(record.selectors)}`, record.index)
  answer.then(
    ({ members, fenced }) => {
      ended()
      record.members = members
      record.fenced = fenced
      const index = member.log(`invalidation ${record.index} is acknowledged: ${members} members, ${fenced} fenced`)
      record.ended = { index, at: time.now, error: undefined }
      resolved(record)
    },
    (error: unknown) => {
      ended()
      record.wasClosed = member.isEnding || member.cache(record.cache) !== cache
      record.ended = {
        index: member.log(`invalidation ${record.index} ends with ${textOf(error)}`),
        at: time.now,
        error,
      }
    },
  )
}

function selectorsOf(write: Write): Selector[] {
  switch (write.kind) {
    case 'keys':
      return write.keys.map(keySelectorOf)
    case 'tags':
      return write.tags.map((text) => ({ kind: 'tag', text }))
    case 'prefix':
      return [{ kind: 'prefix', text: write.prefix }]
    case 'all':
      return [{ kind: 'all', text: '' }]
  }
}
