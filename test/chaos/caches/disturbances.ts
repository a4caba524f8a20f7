import { type Broker, createBroker } from '@clusterbus/broker'
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../support/random.ts'
import { Attempts, leave } from './attempts.ts'
import type { Flock, Sheep } from './flock.ts'

/** In milliseconds. Short, so that it runs out often. */
const leaseDuration = 150
/** An invalidation waits for that much longer. */
const marginMs = leaseDuration / 3

/** What happens to the members and their broker. Each resolves when it is over. */
export class Disturbances {
  readonly #attempts: Attempts
  readonly #flock: Flock
  readonly #random: Random
  #broker: Broker
  #isRestarting = false

  constructor(flock: Flock, random: Random) {
    this.#flock = flock
    this.#attempts = new Attempts(flock)
    this.#random = random
    this.#broker = this.#newBroker()
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#attempts.counts
  }

  /** One of them, at random. */
  async one(): Promise<void> {
    const chance = this.#random.below(100)
    if (chance < 22) await this.#attempts.with('stopped', (sheep) => this.#stop(sheep))
    else if (chance < 47) await this.#attempts.with('stopped at the limit', (sheep) => this.#stopAtLimit(sheep))
    else if (chance < 67) await this.#attempts.with('blocked', (sheep) => this.#block(sheep))
    else if (chance < 75) await this.#attempts.replace('killed', ({ worker }) => worker.kill())
    else if (chance < 78) await this.#attempts.replace('left', (sheep) => leave(sheep))
    else if (chance < 84) await this.#restart()
    else if (chance < 92) await this.#attempts.with('stopped over a restart', (sheep) => this.#stopOverRestart(sheep))
    else this.#blockPrimary()
    await pause(this.#random.below(20))
  }

  async end(): Promise<void> {
    await this.#broker.close()
  }

  async #stop({ worker }: Sheep): Promise<void> {
    worker.worker.process.kill('SIGSTOP')
    await pause(this.#random.below(2 * (leaseDuration + marginMs)))
    worker.worker.process.kill('SIGCONT')
  }

  /** Stopped and continued within a few milliseconds of when its lease runs out, and of when it is waited for no more. */
  async #stopAtLimit({ worker }: Sheep): Promise<void> {
    // It reads all the time, and asks for no other lease.
    await worker.call('readFor', 1.5 * (leaseDuration + marginMs))
    const limit = this.#random.below(2) === 0 ? leaseDuration : leaseDuration + marginMs
    await pause(limit - 10 - this.#random.below(leaseDuration / 3))
    for (let times = 0; times < 4; times += 1) {
      worker.worker.process.kill('SIGSTOP')
      await pause(1 + this.#random.below(12))
      worker.worker.process.kill('SIGCONT')
      await pause(this.#random.below(3))
    }
  }

  /** It comes back to the next broker when others have been there for long. */
  async #stopOverRestart({ worker }: Sheep): Promise<void> {
    worker.worker.process.kill('SIGSTOP')
    await this.#restart()
    await pause(2 * (leaseDuration + marginMs))
    worker.worker.process.kill('SIGCONT')
  }

  async #block({ worker }: Sheep): Promise<void> {
    await worker.call('readFor', this.#random.below(2 * (leaseDuration + marginMs)))
  }

  async #restart(): Promise<void> {
    // Two hands may come to it at the same time.
    if (this.#isRestarting) return
    this.#isRestarting = true
    this.#attempts.count('broker restarts')
    if (this.#random.below(2) === 0) await this.#broker.close()
    else await this.#broker.drain()
    await pause(this.#random.below(leaseDuration))
    this.#broker = this.#newBroker()
    this.#isRestarting = false
  }

  #blockPrimary(): void {
    this.#attempts.count('primary blocked')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, this.#random.below(2 * leaseDuration))
  }

  #newBroker(): Broker {
    const transport = this.#random.below(3) === 0 ? 'ipc' : 'socket'
    const broker = createBroker({ transport, leaseDuration, drainTimeout: 100 })
    broker.on('error', ({ code, message }) => this.#flock.complaints.push(`the broker reported ${code}: ${message}`))
    return broker
  }
}
