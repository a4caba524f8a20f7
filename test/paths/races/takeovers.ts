/** Measures how long it takes until messages flow again when an elected host is killed: `npx -y pnpm@10 takeovers [N]`. */

import type { Beats } from '../../cluster/fixtures/beats.ts'
import bundleFixtures from '../../support/bundle-fixtures.ts'
import { numberFrom } from '../../support/number-from.ts'
import { sharedMs } from '../../support/shared-ms.ts'
import { hostOf } from '../support/host-of.ts'
import { OwnFolder } from '../support/own-folder.ts'

const rounds = numberFrom('the number of takeovers', process.argv[2] ?? '50', { least: 1 })
const removeFixtures = await bundleFixtures()
const { endWorkers, forkWorker } = await import('../../cluster/support/workers.ts')
const folder = new OwnFolder()
const path = folder.socket()
const fork = (): ReturnType<typeof forkWorker<Beats>> => forkWorker<Beats>('beats', { args: [path] })
/** Until each of the others has heard another, in milliseconds. */
const tookMs: number[] = []
try {
  let workers = Array.from({ length: 4 }, fork)
  for (let round = 0; round < rounds; round++) {
    await Promise.all(workers.map((worker) => worker.call('ready')))
    await Promise.all(workers.map((worker) => worker.call('heardSince', sharedMs())))
    const pid = hostOf(path)
    const others = workers.filter((worker) => worker.pid !== pid)
    const killedAt = sharedMs()
    process.kill(pid, 'SIGKILL')
    const heardAt = await Promise.all(others.map((worker) => worker.call('heardSince', killedAt)))
    tookMs.push(Math.max(...heardAt) - killedAt)
    workers = [...others, fork()]
  }
} finally {
  await endWorkers()
  folder.remove()
  removeFixtures()
}
tookMs.sort((a, b) => a - b)
const at = (share: number): string => (tookMs[Math.min(rounds - 1, Math.floor(share * rounds))] ?? 0).toFixed(0)
console.log(
  `${rounds} hosts killed; all heard another again after p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, max ${at(1)} ms`,
)
