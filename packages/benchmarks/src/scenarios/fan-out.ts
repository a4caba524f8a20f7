import { oursToEach, type Scenario } from '../contest/scenario.ts'
import { oneTopicPlan, streamEntrants, streamFigures, streamNote } from './streams.ts'
import { everybody, rivals } from './who.ts'

/** One publisher, three subscribers. */
export const fanOut3: Scenario = {
  name: 'fan-out-3',
  title: 'Fan-out to 3, 100 B',
  note: streamNote,
  rounds: 5,
  windowMs: 600,
  figures: streamFigures,
  comparisons: oursToEach,
  entrants: streamEntrants(everybody, oneTopicPlan(3)),
}

/** One publisher, sixteen subscribers. */
export const fanOut16: Scenario = {
  ...fanOut3,
  name: 'fan-out-16',
  title: 'Fan-out to 16, 100 B',
  rounds: 3,
  entrants: streamEntrants(rivals, oneTopicPlan(16)),
}
