import { Lease } from '@clusterbus/client/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const leaseFromWhenItCame: Mutant = {
  fault: 'a lease counts from when it came, not from when it was asked for',
  caughtBy: 'lease',
  shownBy: 8,
  plant: () =>
    replace(Lease.prototype, 'granted', (granted) => {
      return function (this: Lease, _, leaseMs) {
        // From a time that is none, none has passed.
        granted.call(this, NaN, leaseMs)
      }
    }),
}
