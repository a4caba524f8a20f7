import { parseArgs } from 'node:util'
import { scenarios } from './scenarios/index.ts'
import { numberFrom } from '../support/number-from.ts'

export const help = `pnpm chaos [options]

Real processes under fire, and a check that everything that is promised holds nevertheless.

  --minutes N    how long in all, shared out among the scenarios; 3 unless given, and a fraction will do
  --scenario A   only this one; it may be given several times: ${Object.keys(scenarios).join(', ')}
  --rounds N     rounds of a scenario that goes by rounds, in place of its share of the time: rolling restarts, cuts
  --messages N   only the scenario hail, until so many messages have been published
  --seed N       what is random follows from it; 1 unless given. Processes keep their own time all the same
  --help         this

Exit codes: 0; 1 when a promise was broken; 2 when it was called in a wrong way.`

export interface ChaosOptions {
  readonly names: readonly string[]
  readonly minutes: number
  readonly rounds: number | undefined
  readonly messages: number | undefined
  readonly seed: number
  readonly wantsHelp: boolean
}

/** Throws for what is no option, and for a value that is none. */
export function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      minutes: { type: 'string', default: '3' },
      scenario: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      messages: { type: 'string' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  const all = Object.keys(scenarios)
  const names = values.scenario ?? (values.messages === undefined ? all : ['hail'])
  for (const name of names) {
    if (!all.includes(name)) throw new TypeError(`there is no scenario ${name}; there are ${all.join(', ')}`)
  }
  return {
    names,
    minutes: numberFrom('--minutes', values.minutes, { isFraction: true }),
    rounds: values.rounds === undefined ? undefined : numberFrom('--rounds', values.rounds),
    messages: values.messages === undefined ? undefined : numberFrom('--messages', values.messages),
    seed: numberFrom('--seed', values.seed),
    wantsHelp: values.help,
  }
}
