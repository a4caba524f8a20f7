import { oursToEach, type Scenario } from '../contest/scenario.ts'
import { codecFloors } from '../floors/entrants.ts'
import { oneTopicPlan, streamEntrants, streamFigures, streamNote } from './streams.ts'
import { everybody, rivals } from './who.ts'

/** One publisher, one subscriber, small messages; beside it the floors. */
export const oneToOne: Scenario = {
  name: 'one-to-one',
  title: 'One to one, 100 B',
  note: `${streamNote}; a codec alone: those of encoding and decoding, and what two cores could do with it`,
  rounds: 5,
  windowMs: 600,
  figures: streamFigures,
  comparisons: oursToEach,
  entrants: [...streamEntrants(everybody, oneTopicPlan(1)), ...codecFloors],
}

/** Larger messages. */
export const oneToOne1k: Scenario = {
  ...oneToOne,
  name: 'one-to-one-1k',
  title: 'One to one, 1 KiB',
  note: streamNote,
  rounds: 3,
  entrants: streamEntrants(rivals, oneTopicPlan(1, 1024)),
}

/** Messages that fill a chunk each. */
export const oneToOne64k: Scenario = {
  ...oneToOne1k,
  name: 'one-to-one-64k',
  title: 'One to one, 64 KiB',
  entrants: streamEntrants(rivals, oneTopicPlan(1, 64 * 1024)),
}
