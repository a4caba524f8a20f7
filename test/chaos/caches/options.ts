import { parseArgs } from 'node:util'
import { numberFrom } from '../../support/number-from.ts'
import { type Fault, faults, isFault } from './faults.ts'

export const help = `pnpm chaos:caches [options]

Workers with caches, real processes, are killed, stopped and continued around the limit of their leases, and blocked; their
broker is blocked and followed by others. All that they read is held against all invalidations that have resolved.

  --minutes N    how long; 1 unless given, and a fraction will do
  --seed N       what is random follows from it; 1 unless given. Processes keep their own time all the same
  --fault A      with a mistake planted into the caches, until it is found: ${faults.join(', ')}
  --elect        one of the workers hosts the broker, and is killed, stopped, replaced and blocked as well; what times out
                 because nobody is there to answer is no failure then
  --help         this

Exit codes: 0; 1 when something stale was read, or an invalidation did not resolve; 2 when it was called in a wrong way.`

export interface ChaosCachesOptions {
  readonly minutes: number
  readonly seed: number
  readonly fault: Fault | undefined
  readonly elects: boolean
  readonly wantsHelp: boolean
}

/** Throws for what is no option, and for a value that is none. */
export function readOptions(args: readonly string[]): ChaosCachesOptions {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      fault: { type: 'string' },
      elect: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { fault } = values
  if (fault !== undefined && !isFault(fault)) {
    throw new TypeError(`there is no fault ${fault}; there are ${faults.join(', ')}`)
  }
  return {
    minutes: numberFrom('--minutes', values.minutes, { isFraction: true }),
    seed: numberFrom('--seed', values.seed),
    fault,
    elects: values.elect,
    wantsHelp: values.help,
  }
}
