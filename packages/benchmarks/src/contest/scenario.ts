import type { Unit } from '../report/units.ts'
import type { Entrant } from './entrant.ts'

/** Something to measure, with all who take part in it. */
export interface Scenario {
  readonly name: string
  readonly title: string
  /** Said beneath its table. */
  readonly note: string
  /** Whether it is measured only when it is named, because it takes long or treats some badly. */
  readonly byNameOnly?: true
  readonly rounds: number
  readonly windowMs: number
  /** What is shown of it; the first one is what entrants are compared by. */
  readonly figures: readonly [Figure, ...Figure[]]
  /** Those whom all are compared with. */
  readonly comparisons: readonly Comparison[]
  readonly entrants: readonly Entrant[]
}

/** A column of a scenario's table. */
export interface Figure {
  readonly name: string
  readonly label: string
  readonly unit: Unit
}

/** A column that says how the first figures of two entrants relate. */
export interface Comparison {
  readonly label: string
  /** The entrant that is compared with. */
  readonly entrant: string
  /** `over`: that entrant's figure divided by the row's; `under`: the row's divided by that entrant's. */
  readonly stands: 'over' | 'under'
}

/** How often clusterbus is as fast as each, or what part of its time it takes. */
export const oursToEach: readonly Comparison[] = [
  { label: 'JSON ÷ it', entrant: 'clusterbus', stands: 'over' },
  { label: 'msgpack ÷ it', entrant: 'clusterbus-msgpack', stands: 'over' },
]
