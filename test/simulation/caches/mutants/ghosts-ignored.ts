import { Invalidations } from '@clusterbus/broker/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const ghostsIgnored: Mutant = {
  fault: 'the broker does not wait for members whose link is gone',
  caughtBy: 'staleness',
  shownBy: 5,
  plant: () =>
    replace(Invalidations.prototype, 'leave', (leave) => {
      return function (this: Invalidations, member) {
        member.leaseEndsAt = 0
        leave.call(this, member)
      }
    }),
}
