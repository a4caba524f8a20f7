import { type Goal, goals, judge } from './goals.ts'
import { inBound } from './goals-table.ts'
import { figureOf, type Results } from './results.ts'
import { markdownTable } from './table.ts'
import { inUnit } from './units.ts'

const startMark = '<!-- benchmark:start -->'
const endMark = '<!-- benchmark:end -->'

/** The README with the figures of `results` between its marks; as it is when it has none. */
export function withFigures(readme: string, results: Results): string {
  const start = readme.indexOf(startMark)
  const end = readme.indexOf(endMark)
  if (start < 0 || end < start) return readme
  return `${readme.slice(0, start + startMark.length)}\n\n${figures(results)}\n\n${readme.slice(end)}`
}

/** The tables of the README, each figure read from the results. */
function figures(results: Results): string {
  return [machineLine(results), ratesTable(results), goalsTable(results)].join('\n\n')
}

function machineLine({ date, machine }: Results): string {
  const { cpu, cores, memoryBytes, system, node, versions } = machine
  const servers = Object.entries(versions).filter(([name]) => name.endsWith('-server'))
  const parts = [cpu, `${cores} cores`, inUnit(memoryBytes, 'bytes'), system, `Node ${node}`]
  return `${[...parts, ...servers.map((pair) => pair.join(' '))].join(', ')}; ${date}.`
}

/** Deliveries a second of everybody. */
function ratesTable(results: Results): string {
  const shown = results.scenarios.filter(({ name }) => name === 'one-to-one' || name === 'fan-out-3')
  const [first] = shown
  const rows = (first?.entrants ?? []).map(({ name, title }) => [
    title,
    ...shown.map((scenario) => {
      const perSecond = figureOf(results, scenario.name, name, 'perSecond')
      return perSecond === undefined ? '' : inUnit(perSecond.median, 'perSecond')
    }),
  ])
  return markdownTable(['deliveries a second', ...shown.map(({ title }) => title)], rows)
}

function goalsTable(results: Results): string {
  const labels = [...new Set(goals.map(({ label }) => label))]
  const rows = labels.map((label) => {
    const these = goals.filter((goal) => goal.label === label)
    return [label, ...(['JSON', 'msgpack'] as const).map((codec) => cell(these, codec, results))]
  })
  return markdownTable(['measured (to reach)', 'JSON', 'msgpack'], rows)
}

function cell(these: readonly Goal[], codec: string, results: Results): string {
  // What has nothing to do with the codec stands in the first column.
  const goal = these.find((each) => each.codec === codec) ?? (codec === 'JSON' ? these[0] : undefined)
  if (goal === undefined) return ''
  const { value } = judge(goal, results)
  const measured = value === undefined ? 'not measured' : inUnit(value, goal.unit)
  return `${measured} (${inBound(goal.bound, goal.unit)})`
}
