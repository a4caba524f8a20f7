import { type Bound, goals, type Judged, judge } from './goals.ts'
import type { Results } from './results.ts'
import { textTable } from './table.ts'
import { inUnit, type Unit } from './units.ts'

/** What was to be reached, and whether it was. */
export function goalsTable(results: Results): string {
  const judged = goals.map((goal) => judge(goal, results))
  const reached = judged.filter((each) => each.reached).length
  const rows = judged.map((each) => [
    each.goal.label,
    each.goal.codec === 'any' ? '' : each.goal.codec,
    inBound(each.goal.bound, each.goal.unit),
    each.value === undefined ? '' : inUnit(each.value, each.goal.unit),
    verdict(each),
  ])
  return [
    textTable(['What to reach', 'codec', 'bound', 'measured', ''], rows),
    `  ${reached} of ${judged.length} reached.`,
  ].join('\n')
}

/** A bound as people write it. */
export function inBound(bound: Bound, unit: Unit): string {
  return 'atLeast' in bound ? `≥ ${bare(bound.atLeast, unit)}` : `≤ ${bare(bound.atMost, unit)}`
}

/** A round number, without the digits that a measured one has. */
function bare(value: number, unit: Unit): string {
  return unit === 'times' ? `${value}x` : inUnit(value, unit).replace(/\.0+(?= )/, '')
}

function verdict({ value, reached, shortBy }: Judged): string {
  if (value === undefined) return 'not measured'
  return reached ? 'reached' : `SHORT by ${(shortBy * 100).toFixed(0)} %`
}
