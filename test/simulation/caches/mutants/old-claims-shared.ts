import { Claims } from '@clusterbus/broker/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const oldClaimsShared: Mutant = {
  fault: 'who claims after an invalidation waits for what was claimed before it',
  caughtBy: 'staleness',
  shownBy: 7,
  plant: () => replace(Claims.prototype, 'detach', () => () => undefined),
}
