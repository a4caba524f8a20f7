import { checkTold } from '../checkers/account.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Member } from '../cluster/member.ts'
import type { Dice } from '../dice.ts'
import { closeBus, drainBus } from '../workload/ending.ts'
import { confirm, flush, publish } from '../workload/publishing.ts'
import { request } from '../workload/requesting.ts'
import { requestTopics, topics } from '../workload/topics.ts'

/** Longest time that anything may take to end when nothing goes wrong any more, in virtual milliseconds. */
const settleMs = 60_000
/** After that, nothing is on its way any more: a rogue may live a second, a farewell takes two at most. */
const restMs = 3_500
/** Waits until all that is under way has ended and everybody is established. Returns whether that came to pass. */
export async function settle(cluster: Cluster): Promise<boolean> {
  const { ledger, history } = cluster.world
  if (!(await everythingEnds(cluster, 'after all was healed'))) return false
  await rest(cluster)
  let flushed = 0
  for (const member of cluster.open) void flush(member).then((done) => (flushed += Number(done)))
  if (!(await everythingEnds(cluster, 'in its last flush'))) return false
  const missing = cluster.open.length - flushed
  if (missing > 0) ledger.violated('liveness', history.lines.length - 1, `${missing} members could not flush`)
  ledger.settledIndex = history.add('world', 'has settled')
  return missing === 0
}

/** With nothing to disturb it, everything has to work; then everybody leaves, and nothing may be left behind. */
export async function finish(cluster: Cluster, dice: Dice): Promise<void> {
  const { time, history, ledger } = cluster.world
  for (const topic of topics) {
    for (const member of cluster.open) publish(member, topic, dice.chance(0.8))
    await time.run(time.now + 20)
  }
  // None of these may time out: what never comes must show.
  for (const member of cluster.open) {
    for (const mode of ['routed', 'handled'] as const)
      confirm(member, dice.pick(topics), dice.chance(0.8), mode, 2 * settleMs)
  }
  for (const topic of requestTopics) for (const member of cluster.open) request(member, topic, 2_000, undefined)
  if (!(await everythingEnds(cluster, 'in the last round'))) return
  await rest(cluster)
  checkTables(cluster)
  const stats = cluster.host.core?.stats()
  if (stats !== undefined) checkTold(cluster.world, stats, cluster.open)
  cluster.host.audit()
  ledger.leaveIndex = history.add('world', 'everybody leaves')
  // Whoever drains still gets what was routed before, though it is on its way only.
  const [speaker] = cluster.open
  if (speaker !== undefined) {
    for (const topic of topics) publish(speaker, topic, true)
    void flush(speaker)
    if (!(await everythingEnds(cluster, 'in the flush before leaving'))) return
  }
  for (const member of cluster.open) void (dice.chance(0.5) ? drainBus(member) : closeBus(member))
  if (!(await everythingEnds(cluster, 'in leaving'))) return
  await time.run(time.now + restMs)
  await checkNothingIsLeft(cluster)
}

/** Lets time pass until nothing is on its way, and every handler has worked off what waited for it. */
async function rest({ world: { time, ledger } }: Cluster): Promise<void> {
  await time.run(time.now + restMs)
  await time.run(time.now + settleMs, () => !ledger.isAnybodyWorking)
}

/** Lets time pass until nothing is pending any more. */
async function everythingEnds(cluster: Cluster, when: string): Promise<boolean> {
  const { time, ledger } = cluster.world
  await time.run(time.now + settleMs, () => ledger.pending.size === 0)
  for (const { member, what, index } of ledger.pending) {
    ledger.violated('liveness', index, `${member} ${what}, and ${when} that has not ended within ${settleMs} ms`)
  }
  return ledger.pending.size === 0
}

/** What the broker keeps is what the members have, while nothing is on its way. */
function checkTables(cluster: Cluster): void {
  const { history, ledger } = cluster.world
  const stats = cluster.host.core?.stats()
  const index = history.lines.length - 1
  const connected = cluster.open.filter(({ bus }) => bus.stats().connected)
  const count = (of: (member: Member) => number): number => connected.reduce((sum, member) => sum + of(member), 0)
  const expected = {
    members: connected.length,
    subscriptions: count(({ bus }) => bus.stats().subscriptions),
    pendingRequests: count(({ bus }) => bus.stats().pendingRequests),
    queuedBytes: count(({ bus }) => bus.stats().queuedBytes),
  }
  for (const [name, value] of Object.entries(expected)) {
    const found: unknown = Object(stats)[name]
    if (found !== value)
      ledger.violated('tables', index, `the broker has ${name} ${String(found)}, its members ${value}`)
  }
  if (expected.pendingRequests > 0) ledger.violated('tables', index, 'requests are pending, and nobody waits')
  if (expected.queuedBytes > 0) ledger.violated('tables', index, 'bytes are queued, and nothing is sent')
}

async function checkNothingIsLeft(cluster: Cluster): Promise<void> {
  const { history, ledger, time } = cluster.world
  const index = history.lines.length - 1
  const stats = cluster.host.core?.stats()
  for (const name of ['members', 'subscriptions', 'pendingRequests', 'queuedBytes'] as const) {
    if (stats?.[name] !== 0)
      ledger.violated('tables', index, `all have left, and the broker has ${name} ${stats?.[name]}`)
  }
  const brokerProcess = cluster.host.process
  let isClosed = false
  void cluster.host.drain(0).then(() => (isClosed = true))
  await time.run(time.now + settleMs, () => isClosed)
  if (!isClosed) ledger.violated('liveness', index, 'the broker does not close')
  if (brokerProcess.timers > 0) {
    ledger.violated('tables', index, `the broker is closed and has ${brokerProcess.timers} timers`)
  }
  for (const { process, name, bus, record } of cluster.members) {
    if (record.crashed) continue
    const { pendingRequests, subscriptions } = bus.stats()
    if (pendingRequests + subscriptions + process.timers === 0) continue
    const left = JSON.stringify({ pendingRequests, subscriptions, timers: process.timers })
    ledger.violated('tables', index, `${name} is closed and keeps ${left}`)
  }
}
