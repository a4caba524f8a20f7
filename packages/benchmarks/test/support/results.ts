import type { EntrantResult } from '../../src/contest/contest.ts'
import type { Figure } from '../../src/contest/scenario.ts'
import type { Results } from '../../src/report/results.ts'

/** Results by scenario, entrant and figure, as if each had been measured once. */
export function resultsOf(medians: Record<string, Record<string, Record<string, number>>>): Results {
  return {
    date: '2026-01-31',
    machine: {
      cpu: 'A CPU',
      cores: 2,
      memoryBytes: 8e9,
      system: 'A system',
      kernel: 'Linux 6',
      node: 'v20.20.2',
      versions: { 'redis-server': '7.0.15', ioredis: '6.0.0' },
    },
    missing: [],
    scenarios: Object.entries(medians).map(([name, entrants]) => ({
      name,
      title: name,
      note: '',
      rounds: 1,
      windowMs: 100,
      figures: [figureOf(entrants)],
      comparisons: [{ label: 'JSON ÷ it', entrant: 'clusterbus', stands: 'over' }],
      entrants: Object.entries(entrants).map(([entrant, values]) => entrantOf(entrant, values)),
    })),
  }
}

function figureOf(entrants: Record<string, Record<string, number>>): Figure {
  const name = Object.keys(Object.values(entrants)[0] ?? {})[0] ?? ''
  return { name, label: name, unit: 'perSecond' }
}

function entrantOf(name: string, values: Record<string, number>): EntrantResult {
  const summaries = Object.entries(values).map(([figure, median]) => [figure, { median, min: median, max: median }])
  return { name, title: `the ${name}`, values: Object.fromEntries(summaries), lost: 0, disordered: 0 }
}
