import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export const help = `Runs whole clusters in virtual time, one for each seed, and looks for promises that are broken.

  npx -y pnpm@10 simulate                        10,000 seeds from 1 on
  npx -y pnpm@10 simulate --seed 7               that seed alone, and what led to its failure
  npx -y pnpm@10 simulate --seed 7 --seeds 100   the hundred seeds from 7 on

  --jobs N      processes to share the work; default: one for each core
  --history     with a single seed: all that everybody did and saw
`

export interface SimulateOptions {
  readonly first: number
  readonly count: number
  readonly jobs: number
  readonly history: boolean
  readonly help: boolean
}

/** Reads the command line. Throws an error for people to read. */
export function readOptions(args: readonly string[]): SimulateOptions {
  const { values } = parseArgs({
    // pnpm hands on the `--` that npm needs.
    args: args.filter((arg) => arg !== '--'),
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      jobs: { type: 'string' },
      history: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const { seed, seeds, jobs } = values
  return {
    first: whole('--seed', seed, 0) ?? 1,
    count: whole('--seeds', seeds, 1) ?? (seed === undefined ? 10_000 : 1),
    jobs: whole('--jobs', jobs, 1) ?? availableParallelism(),
    history: values.history === true,
    help: values.help === true,
  }
}

function whole(option: string, text: string | undefined, smallest: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= smallest && value <= 0xffff_ffff) return value
  throw new Error(`${option} must be a whole number from ${smallest}, not ${JSON.stringify(text)}`)
}
