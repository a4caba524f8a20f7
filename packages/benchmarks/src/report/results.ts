import type { EntrantResult } from '../contest/contest.ts'
import type { Comparison, Scenario } from '../contest/scenario.ts'
import type { Summary } from '../contest/summary.ts'
import type { Machine } from './machine.ts'

/** What one run has measured, as it is written to `results.json`. */
export interface Results {
  /** Year, month and day of the run, where it ran. */
  readonly date: string
  readonly machine: Machine
  readonly missing: readonly Missing[]
  readonly scenarios: readonly ScenarioResult[]
}

/** A peer that did not take part. */
export interface Missing {
  readonly peer: string
  readonly why: string
}

export interface ScenarioResult extends Omit<Scenario, 'entrants'> {
  readonly entrants: readonly EntrantResult[]
}

/** A figure of one entrant, or `undefined` when it was not measured. */
export function figureOf(results: Results, scenario: string, entrant: string, figure: string): Summary | undefined {
  const measured = results.scenarios.find(({ name }) => name === scenario)
  return measured?.entrants.find(({ name }) => name === entrant)?.values[figure]
}

/** How the medians of the scenario's first figure relate, or `undefined` when one of them is missing. */
export function ratioOf(scenario: ScenarioResult, row: EntrantResult, comparison: Comparison): number | undefined {
  const [{ name: figure }] = scenario.figures
  const other = scenario.entrants.find(({ name }) => name === comparison.entrant)
  const [mine, theirs] = [row.values[figure]?.median, other?.values[figure]?.median]
  if (mine === undefined || theirs === undefined) return undefined
  return comparison.stands === 'over' ? theirs / mine : mine / theirs
}

/** Says of every entrant that lost messages or got them out of order which, and how many. */
export function faultsOf({ scenarios }: Pick<Results, 'scenarios'>): string[] {
  return scenarios.flatMap(({ name, entrants }) =>
    entrants.flatMap((entrant) => [
      ...(entrant.lost > 0 ? [`${name}: ${entrant.title} LOST ${entrant.lost} messages`] : []),
      ...(entrant.lost < 0 ? [`${name}: ${entrant.title} delivered ${-entrant.lost} messages TOO MANY`] : []),
      ...(entrant.disordered > 0 ? [`${name}: ${entrant.title} DISORDERED ${entrant.disordered} messages`] : []),
    ]),
  )
}
