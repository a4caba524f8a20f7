import { FullMembers } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const holdOutlivesMember: Mutant = {
  fault: 'publishers go on waiting for a full member that is gone',
  caughtBy: 'liveness',
  shownBy: 35,
  plant: () =>
    replace(
      FullMembers.prototype,
      'leave',
      (leave) =>
        function (this: FullMembers, member) {
          member.holdsBack.clear()
          leave.call(this, member)
        },
    ),
}
