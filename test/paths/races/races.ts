/** Has processes claim a path in the same moment, many times: `npx -y pnpm@10 races --help`. */

import { parseArgs } from 'node:util'
import bundleFixtures from '../../support/bundle-fixtures.ts'
import { numberFrom } from '../../support/number-from.ts'
import { Random } from '../../support/random.ts'
import { OwnFolder } from '../support/own-folder.ts'

const help = `Usage: npx -y pnpm@10 races [options]

  --races N       how many; default 1000. In each third one a broker was killed there before; in each second one some of
                  those who race are killed in the midst of their claim
  --processes N   how many race; default 20
  --seed N        of who is killed when; default 1
`

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: {
    races: { ...text, default: '1000' },
    processes: { ...text, default: '20' },
    seed: { ...text, default: '1' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(help)
else await run()

async function run(): Promise<void> {
  const [races, processes] = [
    numberFrom('--races', values.races, { least: 1 }),
    numberFrom('--processes', values.processes, { least: 2 }),
  ]
  const random = new Random(numberFrom('--seed', values.seed))
  const removeFixtures = await bundleFixtures()
  // What the racers run is known from then on.
  const { Racers } = await import('./racers.ts')
  const { endWorkers } = await import('../../cluster/support/workers.ts')
  const folder = new OwnFolder()
  const sums = { races: 0, oneHost: 0, afterAKilledBroker: 0, withKills: 0, killed: 0 }
  try {
    const racers = new Racers(folder.path, processes, random)
    for (let race = 1; race <= races; race++) {
      const { hosts, killed, staleBefore } = await racers.race({
        stale: race % 3 === 0,
        kills: race % 2 === 0 ? 1 + random.below(3) : 0,
      })
      sums.races += 1
      sums.oneHost += hosts === 1 ? 1 : 0
      sums.afterAKilledBroker += staleBefore ? 1 : 0
      sums.withKills += killed > 0 ? 1 : 0
      sums.killed += killed
      if (race % 50 === 0 || race === races) console.log(JSON.stringify(sums))
    }
  } finally {
    await endWorkers()
    folder.remove()
    removeFixtures()
  }
  process.exitCode = sums.oneHost === races ? 0 : 1
}
