import { Barriers } from '@clusterbus/client/core'
import { type Mutant, replace } from './mutant.ts'

export const flushAtOnce: Mutant = {
  fault: 'flush does not wait for the broker',
  caughtBy: 'loss',
  plant: () => replace(Barriers.prototype, 'begin', () => () => Promise.resolve()),
}
