import { afterAll, afterEach, expect, test } from 'vitest'
import { endWorkers } from '../../cluster/support/workers.ts'
import { Random } from '../../support/random.ts'
import { OwnFolder } from '../support/own-folder.ts'
import { Racers } from './racers.ts'

const folder = new OwnFolder()
afterEach(endWorkers)
afterAll(() => folder.remove())

test('of processes that claim one path at once exactly one hosts, whoever is killed over it', async () => {
  const racers = new Racers(folder.path, 5, new Random(1))
  const outcomes = []
  for (let race = 0; race < 12; race++) {
    outcomes.push(await racers.race({ stale: race % 6 === 5, kills: race % 4 === 3 ? 1 : 0 }))
  }
  expect(outcomes.map(({ hosts }) => hosts)).toEqual(outcomes.map(() => 1))
  expect(outcomes.filter(({ staleBefore }) => staleBefore)).toHaveLength(2)
})
