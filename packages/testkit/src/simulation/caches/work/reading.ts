import { BusError } from '@clusterbus/protocol'
import type { CacheMember } from '../world/cache-member.ts'
import { type Database, type LoadFate, staticTags } from '../world/database.ts'
import type { CachedValue, CacheState, CopyRecord, Ending, ReadRecord, SimulatedKey } from '../record/records.ts'

/** Looks with each call that reads memory alone. What they say must be the same. */
export function look(member: CacheMember, cacheName: string, key: SimulatedKey): ReadRecord {
  const { ledger } = member.world
  const cache = member.cache(cacheName)
  const state = member.state(cacheName)
  const seen = { has: cache.has(key), peek: cache.peek(key), get: cache.get(key) }
  const copy = seen.get?.copy
  const index = member.log(`looks at ${shownKey(cacheName, key)}: ${copy === undefined ? 'nothing' : `copy ${copy}`}`)
  if (seen.has !== (seen.get !== undefined) || seen.peek?.copy !== copy) {
    ledger.violated('agreement', index, `has, peek and get of ${member.name} say ${JSON.stringify(seen)}`)
  }
  const how: ReadRecord['how'] = copy === undefined ? 'miss' : 'hit'
  const at = member.world.time.now
  const ended = { index, at, error: undefined }
  const shared = { call: 'look' as const, member: member.name, cache: cacheName, key, index, at, state }
  const read: ReadRecord = { ...shared, how, load: undefined, copy, ended }
  if (how === 'hit') ledger.reads.push(read)
  else ledger.misses += 1
  return read
}

export interface FetchPlan {
  readonly fate: LoadFate
  /** After how long the reader gives up, if it does. */
  readonly abortMs: number | undefined
}

/** Fetches, and keeps account of how the cache went about it. */
export function fetch(
  member: CacheMember,
  cacheName: string,
  key: SimulatedKey,
  database: Database,
  { fate, abortMs }: FetchPlan,
): ReadRecord {
  const { ledger, time } = member.world
  const cache = member.cache(cacheName)
  const state = member.state(cacheName)
  const index = member.log(`fetches ${shownKey(cacheName, key)}`)
  const shared = { call: 'fetch' as const, member: member.name, cache: cacheName, key, index, at: time.now, state }
  const read: ReadRecord = { ...shared, how: 'loads', load: undefined, copy: undefined, ended: undefined }
  ledger.reads.push(read)
  const ended = member.begin(`fetches ${shownKey(cacheName, key)}`, index)
  const reader = abortMs === undefined ? undefined : new AbortController()
  const tags = staticTags(key) ?? ((value: CachedValue) => value.tags)
  const before = cache.stats()
  const { fencedMs, loadsVoided } = before
  const loading = { ...state, fencedMs, loadsVoided }
  const answer = cache.fetch(key, ({ signal }) => load(member, read, loading, database, fate, signal), {
    tags,
    ...(reader === undefined ? {} : { signal: reader.signal }),
  })
  const after = cache.stats()
  if (after.hits > before.hits) read.how = 'hit'
  else if (after.joined > before.joined) read.how = 'joined'
  if (reader !== undefined) member.process.schedule(abortMs ?? 0, () => reader.abort())
  const end = (error: unknown): Ending => {
    ended()
    const line = `${shownKey(cacheName, key)}, asked for in ${index} (${read.how})`
    const result = error === undefined ? `copy ${read.copy}` : textOf(error)
    return { index: member.log(`has fetched ${line}: ${result}`), at: time.now, error }
  }
  answer.then(
    (value) => {
      read.copy = value.copy
      read.ended = end(undefined)
    },
    (error: unknown) => (read.ended = end(error)),
  )
  return read
}

function load(
  member: CacheMember,
  read: ReadRecord,
  state: CacheState,
  database: Database,
  fate: LoadFate,
  signal: AbortSignal,
): CachedValue | Promise<CachedValue> {
  const { ledger, time } = member.world
  const { cache, key } = read
  const id = ledger.copies.length
  const copy: CopyRecord = {
    id,
    origin: 'load',
    member: member.name,
    cache,
    key,
    read,
    beganIndex: member.log(`begins load ${id} of ${shownKey(cache, key)}`),
    beganAt: time.now,
    state,
    value: undefined,
    fencedMsAtEnd: NaN,
    ended: undefined,
    abandonedIndex: undefined,
  }
  ledger.copies.push(copy)
  read.load = copy
  signal.addEventListener('abort', () => (copy.abandonedIndex = member.log(`load ${id} is abandoned`)))
  const finish = (value: CachedValue | undefined, error: unknown): void => {
    copy.value = value
    copy.fencedMsAtEnd = member.cache(cache).stats().fencedMs
    const result = value === undefined ? textOf(error) : `version ${value.version}, ${value.tags.join(' ')}`
    copy.ended = { index: member.log(`load ${id} has ended: ${result}`), at: time.now, error }
  }
  if (fate.isSync) {
    const value = database.read(key, id)
    finish(value, undefined)
    return value
  }
  const answer = database.load(member.process, key, id, fate)
  answer.then(
    (value) => finish(value, undefined),
    (error: unknown) => finish(undefined, error),
  )
  return answer
}

export function shownKey(cache: string, key: SimulatedKey): string {
  return `${cache} ${JSON.stringify(key)}`
}

export function textOf(error: unknown): string {
  if (error instanceof BusError) return error.code
  return error instanceof Error ? error.message : String(error)
}
