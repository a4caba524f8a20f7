import type { EntrantResult } from '../contest/contest.ts'
import type { Machine } from './machine.ts'
import { faultsOf, ratioOf, type Results, type ScenarioResult } from './results.ts'
import { textTable } from './table.ts'
import { inUnit } from './units.ts'

/** All that a run has measured, for people. */
export function printed(results: Results): string {
  const faults = faultsOf(results)
  const parts = [
    describe(results.machine, results.date),
    ...results.missing.map(({ peer, why }) => `Without ${peer}: ${why}`),
    ...results.scenarios.map(scenarioTable),
    ...(faults.length === 0 ? [] : [['!!! NOT ALL ARRIVED AS IT SHOULD !!!', ...faults].join('\n')]),
  ]
  return parts.join('\n\n')
}

function describe({ cpu, cores, memoryBytes, system, kernel, node, versions }: Machine, date: string): string {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `${date}: ${cpu}, ${cores} cores, ${inUnit(memoryBytes, 'bytes')}, ${system}, ${kernel}`,
    [`Node ${node}`, ...packages].join(', '),
  ].join('\n')
}

function scenarioTable(scenario: ScenarioResult): string {
  const { title, note, rounds, windowMs, figures, comparisons } = scenario
  const [first, ...others] = figures
  const header = [
    title,
    first.label,
    'min–max',
    ...[...others, ...comparisons].map(({ label }) => label),
    'lost',
    'disorder',
  ]
  const rows = scenario.entrants.map((entrant) => row(scenario, entrant))
  const measured = windowMs === 0 ? `${rounds} rounds` : `${rounds} rounds of ${windowMs} ms`
  return [textTable(header, rows), `  Medians of ${measured}. ${note}.`].join('\n')
}

function row(scenario: ScenarioResult, entrant: EntrantResult): string[] {
  const { figures, comparisons } = scenario
  const [first, ...others] = figures
  const { [first.name]: headline } = entrant.values
  const spread = headline && `${inUnit(headline.min, first.unit)}–${inUnit(headline.max, first.unit)}`
  return [
    entrant.title,
    headline === undefined ? '' : inUnit(headline.median, first.unit),
    spread ?? '',
    ...others.map(({ name, unit }) => {
      const value = entrant.values[name]
      return value === undefined ? '' : inUnit(value.median, unit)
    }),
    ...comparisons.map((comparison) => {
      const ratio = ratioOf(scenario, entrant, comparison)
      return ratio === undefined ? '' : inUnit(ratio, 'times')
    }),
    loud(entrant.lost),
    loud(entrant.disordered),
  ]
}

/** Anything but 0 is wrong, and must be seen. */
function loud(count: number): string {
  return count === 0 ? '0' : `!! ${count} !!`
}
