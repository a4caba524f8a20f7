import type { Flock, Sheep } from './flock.ts'

/** What is done to members, each to one that nothing else is done to meanwhile, and how often. */
export class Attempts {
  readonly counts = new Map<string, number>()
  readonly #flock: Flock

  constructor(flock: Flock) {
    this.#flock = flock
  }

  /** Does that to a member; to none when there is none to be had. */
  async with(what: string, disturb: (sheep: Sheep) => Promise<unknown>, sheep = this.#flock.take()): Promise<void> {
    if (sheep === undefined) return
    this.count(what)
    await disturb(sheep)
    this.#flock.letGo(sheep)
  }

  /** The same for what it does not outlive: another comes in its place. */
  async replace(what: string, end: (sheep: Sheep) => Promise<unknown>, sheep = this.#flock.take()): Promise<void> {
    if (sheep === undefined) return
    this.count(what)
    await end(sheep)
    this.#flock.lost(sheep)
    await this.#flock.add()
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }
}

export async function leave({ worker }: Sheep): Promise<void> {
  await worker.call('leave')
  await worker.last('end')
}
