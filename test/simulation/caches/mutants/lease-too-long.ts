import { Invalidations } from '@clusterbus/broker/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const leaseTooLong: Mutant = {
  fault: 'the broker waits longer than a lease lasts',
  caughtBy: 'answer',
  plant: () =>
    replace(Invalidations.prototype, 'renew', (renew) => {
      return function (this: Invalidations, member, number) {
        renew.call(this, member, number)
        member.leaseEndsAt += 1_000
      }
    }),
}
