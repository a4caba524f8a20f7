import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RacesForAPath } from '../../cluster/fixtures/races-for-a-path.ts'
import { forkWorker, type TestWorker } from '../../cluster/support/workers.ts'
import type { Random } from '../../support/random.ts'
import { sharedMs } from '../../support/shared-ms.ts'

type Racer = TestWorker<RacesForAPath>

/** How long before a race those who run it are told, in milliseconds. */
const noticeMs = 15
/** A claim changes the disk less often than that. */
const stepsMax = 16

/** What became of one race. */
export interface Outcome {
  readonly hosts: number
  readonly killed: number
  readonly staleBefore: boolean
}

/** Processes that start to claim a path in the same moment, again and again. Those that are killed over it are replaced. */
export class Racers {
  readonly #folder: string
  readonly #random: Random
  #racers: Racer[]
  #races = 0

  constructor(folder: string, count: number, random: Random) {
    this.#folder = folder
    this.#random = random
    this.#racers = Array.from({ length: count }, fork)
  }

  /**
   * Runs one race at a path at which nothing is, or with `stale` what a killed broker has left; `kills` of them are killed in
   * the midst of their claim. Rejects when two hosts were alive at once.
   */
  async race({ stale, kills }: { readonly stale: boolean; readonly kills: number }): Promise<Outcome> {
    await Promise.all(this.#racers.map((racer) => racer.up))
    const folder = join(this.#folder, String((this.#races += 1)))
    mkdirSync(folder, { mode: 0o700 })
    const path = join(folder, 'app.sock')
    if (stale) await this.#leaveStale(path, join(folder, 'earlier'))
    const before = this.#racers.length
    const at = sharedMs() + noticeMs
    const results = await Promise.allSettled(
      this.#racers.map((racer, index) => {
        const dieAt = index < kills ? 1 + this.#random.below(stepsMax) : 0
        return racer.call('race', { path, hosts: join(folder, 'hosts'), at, dieAt })
      }),
    )
    await this.#replaceKilled(results)
    const hosts = results.filter((result) => result.status === 'fulfilled' && result.value).length
    const killed = results.filter(({ status }) => status === 'rejected').length
    await Promise.all(this.#racers.map((racer) => racer.call('leave')))
    // Where somebody was killed, what tells of the leases of its members stays for as long as those last.
    const mayStay = stale || killed > 0 ? /^\.cb-|^hosts$|^earlier$|\.broker$/ : /^hosts$/
    const left = readdirSync(folder).filter((name) => !mayStay.test(name))
    if (left.length > 0) throw new Error(`race ${this.#races} left ${left.join(', ')}`)
    if (this.#racers.length !== before) throw new Error('a racer is missing')
    rmSync(folder, { recursive: true })
    return { hosts, killed, staleBefore: stale }
  }

  /** Claims the path, and is killed. */
  async #leaveStale(path: string, hosts: string): Promise<void> {
    const [first = fork(), ...others] = this.#racers
    await first.call('race', { path, hosts, at: sharedMs(), dieAt: 0 })
    await first.kill()
    this.#racers = [...others, fork()]
    await Promise.all(this.#racers.map((racer) => racer.up))
  }

  /** Throws what a racer has failed with that was not killed. */
  async #replaceKilled(results: readonly PromiseSettledResult<boolean>[]): Promise<void> {
    const failed = results.flatMap((result, index) => {
      const racer = this.#racers[index]
      return result.status === 'rejected' && racer !== undefined ? [{ racer, reason: result.reason as unknown }] : []
    })
    for (const { racer, reason } of failed) {
      if (!(reason instanceof Error) || !reason.message.includes('has exited (SIGKILL)')) throw reason
      await racer.exited
      this.#racers[this.#racers.indexOf(racer)] = fork()
    }
  }
}

function fork(): Racer {
  return forkWorker<RacesForAPath>('races-for-a-path')
}
