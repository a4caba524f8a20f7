import { expect, test } from 'vitest'
import { printed } from '../../src/report/print.ts'
import { faultsOf, ratioOf, type ScenarioResult } from '../../src/report/results.ts'
import { resultsOf } from '../support/results.ts'

const results = resultsOf({ 'one-to-one': { clusterbus: { perSecond: 900 }, nats: { perSecond: 300 } } })

function only(): ScenarioResult {
  const [scenario] = results.scenarios
  if (scenario === undefined) throw new Error('there is one scenario')
  return scenario
}

test('a ratio is over or under that of another', () => {
  const scenario = only()
  const nats = scenario.entrants.find(({ name }) => name === 'nats')
  if (nats === undefined) throw new Error('NATS is there')
  expect(ratioOf(scenario, nats, { label: '', entrant: 'clusterbus', stands: 'over' })).toBe(3)
  expect(ratioOf(scenario, nats, { label: '', entrant: 'clusterbus', stands: 'under' })).toBeCloseTo(1 / 3)
  expect(ratioOf(scenario, nats, { label: '', entrant: 'redis', stands: 'over' })).toBeUndefined()
})

test('a run in which all arrived in order has no faults', () => {
  expect(faultsOf(results)).toEqual([])
  expect(printed(results)).not.toContain('!!')
})

test('a message that was lost is shown loudly', () => {
  const scenario = only()
  const entrants = scenario.entrants.map((entrant) => ({ ...entrant, lost: entrant.name === 'nats' ? 3 : 0 }))
  const faulty = { ...results, scenarios: [{ ...scenario, entrants }] }
  expect(faultsOf(faulty)).toEqual(['one-to-one: the nats LOST 3 messages'])
  expect(printed(faulty)).toContain('!!! NOT ALL ARRIVED AS IT SHOULD !!!')
})
