import { Random } from '../../support/random.ts'
import { NewTruth } from '../../support/truth.ts'
import { OwnFolder } from '../../paths/support/own-folder.ts'
import { Disturbances } from './disturbances.ts'
import { Elections } from './elections.ts'
import type { Fault } from './faults.ts'
import { Flock } from './flock.ts'
import { History, type Verdict } from './history.ts'

export interface CachesOptions {
  readonly program: string
  readonly seed: number
  readonly ms: number
  readonly fault: Fault | undefined
  /** Whether members elect who hosts their broker. */
  readonly elects: boolean
}

export interface CachesOutcome extends Verdict {
  readonly hits: number
  /** How often what was done to them. */
  readonly disturbances: Readonly<Record<string, number>>
  /** All that must not happen, but for stale reads. */
  readonly complaints: readonly string[]
}

const members = 4
/** Disturbances at a time. */
const hands = 2

/**
 * Members with caches under fire for so long, and a judgement of all that they have read. With a fault it is over as soon as
 * something stale was read: it was to be found.
 */
export async function runCaches({ program, seed, ms, fault, elects }: CachesOptions): Promise<CachesOutcome> {
  using truth = new NewTruth()
  const history = new History()
  const random = new Random(seed)
  const folder = new OwnFolder()
  const path = elects ? folder.socket() : undefined
  const flock = new Flock({ program, truth, history, random, fault, path })
  const disturbances = path === undefined ? new Disturbances(flock, random) : new Elections(flock, random, path)
  try {
    await Promise.all(Array.from({ length: members }, () => flock.add()))
    const overAt = performance.now() + ms
    const isFound = (): boolean => fault !== undefined && history.judge().stale.length > 0
    const disturb = async (): Promise<void> => {
      while (performance.now() < overAt && !isFound()) await disturbances.one()
    }
    await Promise.all(Array.from({ length: hands }, disturb))
    await flock.end()
  } finally {
    await disturbances.end()
    folder.remove()
  }
  // While a host is stopped nobody is there to answer.
  if (elects) flock.failures.delete('TIMEOUT')
  const failed = Array.from(flock.failures, ([code, count]) => `${count} invalidations have ended with ${code}`)
  return {
    ...history.judge(),
    hits: flock.hits,
    disturbances: Object.fromEntries(disturbances.counts),
    complaints: [...flock.complaints, ...failed],
  }
}
