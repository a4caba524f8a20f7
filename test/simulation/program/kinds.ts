import { describeFailure, simulate, type Violation } from '@clusterbus/testkit/simulation'
import { simulateCaches } from '@clusterbus/testkit/simulation/caches'

/** What is simulated: everything but caches, or caches. */
export type Kind = 'bus' | 'caches'

/** What came of one seed. */
export interface Outcome {
  readonly seed: number
  readonly history: readonly string[]
  readonly violations: readonly Violation[]
  /** What the run was worth, by name. */
  readonly figures: Readonly<Record<string, number>>
}

export async function run(kind: Kind, seed: number): Promise<Outcome> {
  if (kind === 'caches') {
    const { history, violations, events, invalidations, fenced, reads, hits, loads } = await simulateCaches(seed)
    const figures = {
      events,
      'invalidations checked': invalidations,
      'of them past a lease': fenced,
      'reads judged': reads,
      hits,
      loads,
    }
    return { seed, history, violations, figures }
  }
  const { history, violations, events, deliveries } = await simulate(seed)
  return { seed, history, violations, figures: { events, deliveries } }
}

/** What a person wants to know of a seed, and how to see it again. */
export function describe(kind: Kind, outcome: Outcome): string {
  return describeFailure(outcome, kind === 'caches' ? ['--caches'] : [])
}

/** Adds the figures of one run, or of several, to a sum. */
export function add(sum: Record<string, number>, figures: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(figures)) sum[name] = (sum[name] ?? 0) + value
}

export function figuresText(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${value} ${name}`)
    .join(', ')
}
