import type { CacheCluster } from '../world/cache-cluster.ts'
import type { CacheMember } from '../world/cache-member.ts'
import type { LoadFate } from '../world/database.ts'
import type { CacheScenario } from '../world/scenario.ts'
import { coveringNames, nameOf } from '../record/covering.ts'
import type { ReadRecord, SimulatedKey } from '../record/records.ts'
import type { CacheWork } from '../work/cache-work.ts'
import { fetch, look, shownKey, textOf } from '../work/reading.ts'
import { invalidate, type Write } from '../work/writing.ts'
import { everythingEnds } from './settling.ts'

/** What a link that stalls may still hold back when nothing goes wrong any more. */
const stallMs = 2_100

const quick: LoadFate = { queryMs: 3, returnMs: 3, fails: false, isSync: false }

/** With nothing to disturb it, everything has to work; then everybody leaves, and nothing may be left behind. */
export async function lastRound(cluster: CacheCluster, work: CacheWork): Promise<void> {
  const { time, scenario } = cluster.world
  if (!(await allReady(cluster))) return
  // The broker has heard by then of links that were cut, and leases of members that are gone have run out.
  await time.run(time.now + (scenario.faults.stall > 0 ? stallMs : 0) + 3 * (scenario.leaseMs + scenario.marginMs))
  for (const cache of scenario.caches) {
    if (!(await loadsOnce(cluster, cache))) return
    if (!(await everyKindVoids(cluster, cache))) return
    if (!(await errorsAreShared(cluster, cache))) return
    if (!(await stoppedIsWaitedFor(cluster, cache, work))) return
    if (cache.singleFlight === 'cluster' && !(await claimsPassOn(cluster, cache))) return
  }
  await nothingIsLeft(cluster)
}

async function allReady(cluster: CacheCluster): Promise<boolean> {
  for (const member of cluster.open) {
    for (const [name, cache] of member.caches) {
      const ended = member.begin(`waits for ${name} to be ready`, member.log(`waits for ${name} to be ready`))
      cache.ready().then(ended, (error: unknown) => {
        // That it was refused once stands, though it is let in when those who differ have left.
        const isOnce = cluster.world.scenario.differing > 0 && textOf(error) === 'BAD_OPTION'
        const index = member.log('is not ready')
        if (!isOnce) cluster.world.ledger.violated('last round', index, `${member.name}: ${String(error)}`)
        ended()
      })
    }
  }
  return everythingEnds(cluster, 'in the last round')
}

/** All fetch the same key, each twice: it is loaded once by each, or once by all, and is a hit then. */
async function loadsOnce(cluster: CacheCluster, cache: CacheScenario): Promise<boolean> {
  const { ledger, scenario } = cluster.world
  for (const key of scenario.keys) {
    if (!(await voided(cluster, cache, { kind: 'keys', keys: [key] }))) return false
    const first = ledger.copies.length
    const reads = cluster.open.flatMap((member) => [1, 2].map(() => fetchQuick(cluster, member, cache, key)))
    if (!(await everythingEnds(cluster, 'in the last round'))) return false
    const loads = ledger.copies.slice(first)
    const most = cache.singleFlight === 'cluster' && cache.share === 'value' ? 1 : cluster.open.length
    const what = shownKey(cache.name, key)
    const index = reads.at(-1)?.index ?? 0
    if (loads.length > most)
      ledger.violated('single flight', index, `${loads.length} loads of ${what}, at most ${most}`)
    if (cache.singleFlight === 'cluster') {
      const [leader, ...others] = loads
      const early = others.find(({ beganIndex }) => leader?.ended === undefined || beganIndex < leader.ended.index)
      if (early !== undefined) {
        ledger.violated(
          'single flight',
          early.beganIndex,
          `${what} is loaded by ${early.id} before ${leader?.id} is done`,
        )
      }
    }
    if (cache.ttl !== undefined) continue
    for (const member of cluster.open) mustHit(member, cache, key)
  }
  return true
}

function mustHit(member: CacheMember, { name }: CacheScenario, key: SimulatedKey): void {
  const { how, index } = look(member, name, key)
  if (how === 'hit') return
  member.world.ledger.violated('last round', index, `${member.name} has not kept ${shownKey(name, key)}`)
}

/** Each kind of invalidation is heeded by all at once, and voids what it covers and nothing else. */
async function everyKindVoids(cluster: CacheCluster, cache: CacheScenario): Promise<boolean> {
  const { ledger, scenario } = cluster.world
  const writes: Write[] = [
    { kind: 'tags', tags: ['t2'] },
    { kind: 'tags', tags: ['v0', 'v1', 'v2'] },
    { kind: 'prefix', prefix: 'a1' },
    { kind: 'keys', keys: ['7', 'c'] },
    { kind: 'all' },
  ]
  for (const write of writes) {
    for (const member of cluster.open) for (const key of scenario.keys) fetchQuick(cluster, member, cache, key)
    if (!(await everythingEnds(cluster, 'in the last round'))) return false
    const before = new Map(cluster.open.map((member) => [member, keysHit(member, cache, scenario.keys)]))
    if (!(await voided(cluster, cache, write))) return false
    const named = new Set(ledger.invalidations.at(-1)?.selectors.map(nameOf))
    for (const member of cluster.open) {
      const after = keysHit(member, cache, scenario.keys)
      for (const [key, tags] of before.get(member) ?? []) {
        const isCovered = coveringNames(key, tags).some((name) => named.has(name))
        if (after.has(key) !== isCovered || cache.ttl !== undefined) continue
        const message = `${member.name} ${isCovered ? 'has kept' : 'has lost'} ${shownKey(cache.name, key)} after ${write.kind}`
        ledger.violated('last round', member.world.history.lines.length - 1, message)
      }
    }
  }
  return true
}

/** What is there, and its tags. */
function keysHit(
  member: CacheMember,
  { name }: CacheScenario,
  keys: readonly SimulatedKey[],
): Map<SimulatedKey, readonly string[]> {
  const found = new Map<SimulatedKey, readonly string[]>()
  for (const key of keys) {
    const { copy } = look(member, name, key)
    if (copy !== undefined) found.set(key, member.world.ledger.copy(copy)?.value?.tags ?? [])
  }
  return found
}

/** Invalidates, and expects it to be acknowledged by everybody at once. */
async function voided(cluster: CacheCluster, cache: CacheScenario, write: Write): Promise<boolean> {
  const { ledger, scenario } = cluster.world
  const [writer] = cluster.open
  if (writer === undefined) return false
  const record = invalidate(writer, cache.name, write, cluster.database, () => undefined)
  if (!(await everythingEnds(cluster, 'in the last round'))) return false
  const { members, fenced, ended, at, index } = record
  const others = cluster.open.length - 1
  const longestMs = 6 * scenario.wire.latencyMs + 15
  const tookMs = (ended?.at ?? Infinity) - at
  if (ended?.error === undefined && members === others && fenced === 0 && tookMs <= longestMs) return true
  const found = `${members} members, ${fenced} fenced, after ${tookMs.toFixed(1)} ms`
  ledger.violated('last round', index, `an invalidation that ${others} others should heed at once: ${found}`)
  return false
}

/** An error reaches all who waited in this worker, and the next fetch loads. */
async function errorsAreShared(cluster: CacheCluster, cache: CacheScenario): Promise<boolean> {
  const { ledger, scenario } = cluster.world
  const [key] = scenario.keys
  const [member] = cluster.open
  if (key === undefined || member === undefined || !(await voided(cluster, cache, { kind: 'all' }))) return false
  const plan = { fate: { ...quick, fails: true }, abortMs: undefined }
  const reads = [1, 2, 3].map(() => fetch(member, cache.name, key, cluster.database, plan))
  if (!(await everythingEnds(cluster, 'in the last round'))) return false
  const errors = new Set(reads.map(({ ended }) => ended?.error))
  const index = reads.at(-1)?.index ?? 0
  if (errors.size !== 1 || errors.has(undefined))
    ledger.violated('readers', index, 'three who waited got different errors')
  const again = fetchQuick(cluster, member, cache, key)
  if (!(await everythingEnds(cluster, 'in the last round'))) return false
  if (again.load !== undefined && again.ended?.error === undefined) return true
  ledger.violated('readers', again.index, 'a fetch after an error has not loaded')
  return false
}

/** A stopped member is waited for until its lease has run out; then the others have what is new, and it has nothing old. */
async function stoppedIsWaitedFor(cluster: CacheCluster, cache: CacheScenario, work: CacheWork): Promise<boolean> {
  const { ledger, scenario, time } = cluster.world
  const [writer, stopped] = cluster.open
  const [key] = scenario.keys
  if (writer === undefined || stopped === undefined || key === undefined) return false
  fetchQuick(cluster, stopped, cache, key)
  if (!(await everythingEnds(cluster, 'in the last round'))) return false
  stopped.log('is blocked')
  stopped.busy = 'blocked'
  stopped.process.stop()
  const record = invalidate(writer, cache.name, { kind: 'keys', keys: [key] }, cluster.database, work.probe)
  await time.run(time.now + 2 * (scenario.leaseMs + scenario.marginMs), () => record.ended !== undefined)
  work.lookAround(stopped)
  stopped.log('goes on')
  stopped.busy = 'no'
  stopped.process.goOn()
  if (record.ended?.error === undefined && record.ended !== undefined && record.fenced === 1) {
    await time.run(time.now + 2 * scenario.leaseMs)
    return everythingEnds(cluster, 'in the last round')
  }
  const message = `an invalidation past a blocked member: ${record.fenced} fenced, ${record.ended === undefined ? 'not ended' : 'ended'}`
  ledger.violated('last round', record.index, message)
  return false
}

/** The right to load of a process that dies passes to who waits. */
async function claimsPassOn(cluster: CacheCluster, cache: CacheScenario): Promise<boolean> {
  const { scenario, time } = cluster.world
  const [key] = scenario.keys
  const leader = cluster.join(false)
  if (key === undefined || !(await allReady(cluster))) return false
  await time.run(time.now + scenario.leaseMs)
  if (!(await voided(cluster, cache, { kind: 'keys', keys: [key] }))) return false
  const plan = { fate: { ...quick, queryMs: 1e6 }, abortMs: undefined }
  fetch(leader, cache.name, key, cluster.database, plan)
  await time.run(time.now + 4 * scenario.wire.latencyMs + 5)
  for (const member of cluster.open) if (member !== leader) fetchQuick(cluster, member, cache, key)
  await time.run(time.now + 4 * scenario.wire.latencyMs + 5)
  cluster.crash(leader, 1)
  const passed = await everythingEnds(cluster, 'when the loader had died', 30 * scenario.wire.latencyMs + 200)
  await time.run(time.now + 2 * (scenario.leaseMs + scenario.marginMs))
  return passed
}

function fetchQuick(
  cluster: CacheCluster,
  member: CacheMember,
  { name }: CacheScenario,
  key: SimulatedKey,
): ReadRecord {
  return fetch(member, name, key, cluster.database, { fate: quick, abortMs: undefined })
}

async function nothingIsLeft(cluster: CacheCluster): Promise<void> {
  const { time, ledger, scenario, history } = cluster.world
  for (const member of cluster.open) {
    for (const [name, cache] of member.caches) {
      const { loading, entries } = cache.stats()
      const max = scenario.caches.find((one) => one.name === name)?.max ?? 0
      if (loading === 0 && entries <= max) continue
      ledger.violated(
        'tables',
        history.lines.length - 1,
        `${member.name} has ${loading} loads, ${entries} entries of ${max}`,
      )
    }
    cluster.leave(member)
  }
  if (!(await everythingEnds(cluster, 'in leaving'))) return
  const { core, process } = cluster.broker
  const { caches, pendingRequests } = { caches: undefined, pendingRequests: undefined, ...core?.stats() }
  const index = history.lines.length - 1
  if (caches !== 0 || pendingRequests !== 0) {
    ledger.violated('tables', index, `all have left, and the broker has ${caches} caches, ${pendingRequests} requests`)
  }
  void cluster.broker.close(0)
  await time.run(time.now + 2 * (scenario.leaseMs + scenario.marginMs) + 5_000)
  const left = [process, ...cluster.members.map((member) => member.process)].filter(
    ({ timers, state }) => timers > 0 && state !== 'ended',
  )
  for (const { name, timers } of left) ledger.violated('tables', index, `${name} is over and has ${timers} timers`)
}
