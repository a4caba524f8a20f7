import { Confirmations } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const deadNotGone: Mutant = {
  fault: 'a confirmation waits for a member that is gone',
  caughtBy: 'liveness',
  shownBy: 147,
  plant: () =>
    replace(
      Confirmations.prototype,
      'leave',
      (leave) =>
        function (this: Confirmations, member) {
          member.tracked.clear()
          leave.call(this, member)
        },
    ),
}
