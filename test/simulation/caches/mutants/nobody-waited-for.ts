import { Invalidations } from '@clusterbus/broker/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const nobodyWaitedFor: Mutant = {
  fault: 'the broker answers an invalidation before anybody has heeded it',
  caughtBy: 'staleness',
  plant: () => replace(Invalidations.prototype, 'mayServe', () => () => false),
}
