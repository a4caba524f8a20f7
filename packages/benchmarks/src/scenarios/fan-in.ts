import { oursToEach, type Scenario } from '../contest/scenario.ts'
import { oneTopicPlan, streamEntrants, streamFigures, streamNote } from './streams.ts'
import { rivals } from './who.ts'

/** Four publishers, one subscriber. */
export const fanIn: Scenario = {
  name: 'fan-in',
  title: 'Fan-in from 4, 100 B',
  note: streamNote,
  rounds: 3,
  windowMs: 600,
  figures: streamFigures,
  comparisons: oursToEach,
  entrants: streamEntrants(rivals, { ...oneTopicPlan(1), publishers: 4 }),
}
