import { parseArgs } from 'node:util'
import { numberFrom } from '../support/number-from.ts'
import { targets } from './targets.ts'

export const help = `pnpm fuzz [options]

Changes well-formed input at random, lets the product take it, and checks what must hold whatever comes in.

  --mutants N   inputs, shared out among the targets; 200,000 unless given
  --target A    only this one: ${Object.keys(targets).join(', ')}
  --seed N      the same seed gives the same inputs; 1 unless given
  --keep        puts the smallest input of each refusal into the corpus
  --help        this

What breaks is made small and put into test/fuzz/corpus, which the tests replay. Exit codes: 0; 1 when something broke;
2 when it was called in a wrong way.`

export interface FuzzOptions {
  readonly mutants: number
  readonly names: readonly string[]
  readonly seed: number
  readonly keepsRefusals: boolean
  readonly wantsHelp: boolean
}

/** Throws for what is no option, and for a value that is none. */
export function readOptions(args: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      mutants: { type: 'string', default: '200000' },
      target: { type: 'string' },
      seed: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const names = Object.keys(targets)
  if (values.target !== undefined && !names.includes(values.target)) {
    throw new TypeError(`there is no target ${values.target}; there are ${names.join(', ')}`)
  }
  return {
    mutants: numberFrom('--mutants', values.mutants, { least: 1 }),
    names: values.target === undefined ? names : [values.target],
    seed: numberFrom('--seed', values.seed),
    keepsRefusals: values.keep,
    wantsHelp: values.help,
  }
}
