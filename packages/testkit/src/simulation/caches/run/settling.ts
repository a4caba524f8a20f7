import type { CacheCluster } from '../world/cache-cluster.ts'

/** Longest time that anything may take to end when nothing goes wrong any more, in virtual milliseconds. */
const settleMs = 45_000

/** Lets time pass until nothing is pending any more. Returns whether that came to pass. */
export async function everythingEnds(
  cluster: CacheCluster,
  when: string,
  withinMs: number = settleMs,
): Promise<boolean> {
  const { time, ledger } = cluster.world
  await time.run(time.now + withinMs, () => ledger.pending.size === 0)
  for (const { member, what, index } of ledger.pending) {
    ledger.violated('liveness', index, `${member} ${what}, and ${when} that has not ended within ${withinMs} ms`)
  }
  return ledger.pending.size === 0
}
