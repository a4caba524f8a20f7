import { LocalHold } from '@clusterbus/client/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const leaseIgnored: Mutant = {
  fault: 'copies are served without a lease',
  caughtBy: 'staleness',
  plant: () =>
    replace(LocalHold.prototype, 'freshNow', () => {
      return function (this: LocalHold) {
        return this.number === undefined ? NaN : this.now()
      }
    }),
}
