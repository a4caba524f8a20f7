import { Invalidations } from '@clusterbus/broker/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const leaseCutShort: Mutant = {
  fault: 'the broker waits for half of a lease',
  caughtBy: 'staleness',
  plant: () =>
    replace(Invalidations.prototype, 'renew', (renew) => {
      return function (this: Invalidations, member, number) {
        const before = member.leaseEndsAt
        renew.call(this, member, number)
        // A member that has just come has none before.
        if (before > 0) member.leaseEndsAt = (before + member.leaseEndsAt) / 2
      }
    }),
}
