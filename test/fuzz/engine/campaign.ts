import { Random } from '../../support/random.ts'
import { assertGlobalsClean } from './globals.ts'
import { copyOf, type Input } from './input.ts'
import type { Outcome, TargetMaker } from './target.ts'

/** Inputs after which a target is looked at closely and made anew, so that a finding depends on few others. */
const batch = 256
/** Most inputs that are kept to be changed further. */
const poolMax = 1024

export interface CampaignOptions {
  readonly mutants: number
  readonly seed: number
  /** Inputs to begin with, beside those that the target generates. */
  readonly corpus: readonly Input[]
  /** Is told each input before the target takes it. */
  readonly before?: (input: Input) => void
  /** Is told of each new path. */
  readonly found?: (outcome: Outcome, input: Input) => void
  /** Is called between batches, with the number of mutants so far. */
  readonly progress?: (mutants: number) => void
}

/** Something that does not hold that must. */
interface Finding {
  readonly input: Input
  readonly error: unknown
  /** The mutant at which it showed. */
  readonly mutant: number
}

export interface Campaign {
  readonly mutants: number
  /** Different outcomes. */
  readonly paths: number
  readonly refusals: readonly string[]
  readonly finding: Finding | undefined
}

/** Changes inputs and lets targets take them, until there is a finding. The same seed gives the same inputs. */
export async function campaign(make: TargetMaker, options: CampaignOptions): Promise<Campaign> {
  // Each refusal is an error, and collecting where it was thrown costs more than all the rest.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return await run(make, options)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

async function run(make: TargetMaker, options: CampaignOptions): Promise<Campaign> {
  const random = new Random(options.seed)
  const pool: Input[] = [...options.corpus]
  const paths = new Set<string>()
  const refusals = new Set<string>()
  let mutant = 0
  const result = (finding?: Finding): Campaign => ({
    mutants: mutant,
    paths: paths.size,
    refusals: [...refusals].sort(),
    finding,
  })
  while (mutant < options.mutants) {
    const target = make()
    let input: Input = []
    try {
      for (const last = Math.min(mutant + batch, options.mutants); mutant < last; mutant += 1) {
        input = pool.length === 0 || random.below(4) === 0 ? target.generate(random) : random.pick(pool)
        for (let times = random.below(5); times > 0; times -= 1) {
          input = target.mutate(input, random.pick(pool.length === 0 ? [input] : pool), random)
        }
        options.before?.(input)
        const outcome = target.take(copyOf(input))
        assertGlobalsClean()
        if (paths.has(outcome.path)) continue
        paths.add(outcome.path)
        if (outcome.refusal !== undefined) refusals.add(outcome.refusal)
        options.found?.(outcome, input)
        if (pool.length < poolMax) pool.push(input)
        else pool[random.below(poolMax)] = input
      }
      await target.settle()
    } catch (error) {
      return result({ input, error, mutant })
    }
    options.progress?.(mutant)
  }
  return result()
}
