import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { numberFrom } from '../../support/number-from.ts'
import type { Kind } from './kinds.ts'

export const help = `Runs whole clusters in virtual time, one for each seed, and looks for promises that are broken.

  npx -y pnpm@10 simulate                        10,000 seeds from 1 on
  npx -y pnpm@10 simulate --seed 7               that seed alone, and what led to its failure
  npx -y pnpm@10 simulate --seed 7 --seeds 100   the hundred seeds from 7 on

  --caches      caches, and what they promise of invalidations, instead of messages and requests
  --jobs N      processes to share the work; default: one for each core
  --history     with a single seed: all that everybody did and saw
`

export interface SimulateOptions {
  readonly kind: Kind
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
      caches: { type: 'boolean' },
      history: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const { seed, seeds, jobs } = values
  return {
    kind: values.caches === true ? 'caches' : 'bus',
    first: seed === undefined ? 1 : numberFrom('--seed', seed),
    count: numberFrom('--seeds', seeds ?? (seed === undefined ? '10000' : '1'), { least: 1 }),
    jobs: jobs === undefined ? availableParallelism() : numberFrom('--jobs', jobs, { least: 1 }),
    history: values.history === true,
    help: values.help === true,
  }
}
