import { setTimeout as pause } from 'node:timers/promises'
import { hostOf } from '../../paths/support/host-of.ts'
import type { Random } from '../../support/random.ts'
import { Attempts, leave } from './attempts.ts'
import type { Flock, Sheep } from './flock.ts'

/** How long leases of an elected host are waited for by the next one, in milliseconds. */
const leasesMs = 2_000
/** After so much silence of a host another takes its place, in milliseconds. */
const silenceMs = 10_000

/** What happens to members that elect among them who hosts their broker, and to that one. Each resolves when it is over. */
export class Elections {
  readonly #attempts: Attempts
  readonly #flock: Flock
  readonly #random: Random
  readonly #path: string

  constructor(flock: Flock, random: Random, path: string) {
    this.#flock = flock
    this.#attempts = new Attempts(flock)
    this.#random = random
    this.#path = path
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#attempts.counts
  }

  /** One of them, at random. */
  async one(): Promise<void> {
    const chance = this.#random.below(100)
    if (chance < 20) await this.#replaceHost('host killed', ({ worker }) => worker.kill())
    else if (chance < 30) await this.#replaceHost('host left', leave)
    else if (chance < 45)
      await this.#attempts.with('blocked over a takeover', (sheep) => this.#blockOverTakeover(sheep))
    else if (chance < 60) await this.#attempts.with('stopped over a takeover', (sheep) => this.#stopOverTakeover(sheep))
    else if (chance < 70) await this.#withHost('host stopped', (sheep) => this.#stop(sheep, 1.5 * leasesMs))
    else if (chance < 74) await this.#withHost('host replaced', (sheep) => this.#stop(sheep, 1_000, silenceMs + 1_000))
    else if (chance < 84) await this.#withHost('host blocked', (sheep) => this.#block(sheep))
    else if (chance < 92) await this.#attempts.with('stopped', (sheep) => this.#stop(sheep, 1.5 * leasesMs))
    else await this.#attempts.with('blocked', (sheep) => this.#block(sheep))
    await pause(this.#random.below(leasesMs))
  }

  end(): Promise<void> {
    return Promise.resolve()
  }

  /** It reads all the time from copies that it has from a broker that is gone, and hears of nothing. */
  async #blockOverTakeover(sheep: Sheep): Promise<void> {
    await sheep.worker.call('readFor', 1.5 * leasesMs)
    await this.#replaceHost('host killed', ({ worker }) => worker.kill())
  }

  async #stopOverTakeover({ worker }: Sheep): Promise<void> {
    worker.worker.process.kill('SIGSTOP')
    await this.#replaceHost('host killed', (host) => host.worker.kill())
    await pause(this.#random.below(1.5 * leasesMs))
    worker.worker.process.kill('SIGCONT')
  }

  async #stop({ worker }: Sheep, ms: number, leastMs = 0): Promise<void> {
    worker.worker.process.kill('SIGSTOP')
    await pause(leastMs + this.#random.below(ms))
    worker.worker.process.kill('SIGCONT')
  }

  async #block({ worker }: Sheep): Promise<void> {
    await worker.call('readFor', this.#random.below(1.5 * leasesMs))
  }

  async #withHost(what: string, disturb: (sheep: Sheep) => Promise<void>): Promise<void> {
    const host = this.#takeHost()
    if (host !== undefined) await this.#attempts.with(what, disturb, host)
  }

  async #replaceHost(what: string, end: (sheep: Sheep) => Promise<unknown>): Promise<void> {
    const host = this.#takeHost()
    if (host !== undefined) await this.#attempts.replace(what, end, host)
  }

  /** None while another hand has it, or while there is none. */
  #takeHost(): Sheep | undefined {
    const pid = hostAt(this.#path)
    return pid === undefined ? undefined : this.#flock.takeProcess(pid)
  }
}

function hostAt(path: string): number | undefined {
  try {
    return hostOf(path)
  } catch {
    // They are about to elect one.
    return undefined
  }
}
