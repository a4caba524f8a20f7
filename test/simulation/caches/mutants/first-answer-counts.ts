import { Invalidations } from '@clusterbus/broker/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const firstAnswerCounts: Mutant = {
  fault: 'the broker answers an invalidation when the first member has heeded it',
  caughtBy: 'staleness',
  plant: () =>
    replace(Invalidations.prototype, 'heeded', (heeded) => {
      return function (this: Invalidations, member, count) {
        for (const [told, { invalidation }] of member.owed) {
          if (told <= member.heeded + count) invalidation.waiting = Math.min(1, invalidation.waiting)
        }
        heeded.call(this, member, count)
      }
    }),
}
