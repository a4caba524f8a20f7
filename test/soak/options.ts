import { parseArgs } from 'node:util'
import { numberFrom } from '../support/number-from.ts'

export const help = `pnpm soak [options]

A cluster whose members come and go, for long: does the process of the broker hold more and more?

  --minutes N   how long; 5 unless given, and a fraction will do
  --kills N     instead: kills N workers, one after the other, and looks whether all is as it was before
  --seed N      what is random follows from it; 1 unless given
  --help        this

Exit codes: 0; 1 when something grows; 2 when it was called in a wrong way.`

export interface SoakOptions {
  readonly minutes: number
  readonly kills: number | undefined
  readonly seed: number
  readonly wantsHelp: boolean
}

/** Throws for what is no option, and for a value that is none. */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      minutes: { type: 'string', default: '5' },
      kills: { type: 'string' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  return {
    minutes: numberFrom('--minutes', values.minutes, { isFraction: true }),
    kills: values.kills === undefined ? undefined : numberFrom('--kills', values.kills),
    seed: numberFrom('--seed', values.seed),
    wantsHelp: values.help,
  }
}
