import { oursToEach, type Scenario } from '../contest/scenario.ts'
import { oneTopicPlan, streamEntrants, streamFigures, streamNote } from './streams.ts'

/** Threads of one process, beside processes. */
export const threads: Scenario = {
  name: 'threads',
  title: 'Threads, fan-out to 3, 100 B',
  note: `${streamNote}; what threads use is that of their process, and not known for each`,
  rounds: 5,
  windowMs: 600,
  figures: streamFigures,
  comparisons: oursToEach,
  entrants: streamEntrants(['clusterbus', 'clusterbus-threads', 'broadcast-channel'], oneTopicPlan(3)),
}
