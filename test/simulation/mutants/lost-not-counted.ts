import { Departures } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const lostNotCounted: Mutant = {
  fault: 'what waits for a member whose link closes is not counted as lost',
  caughtBy: 'account',
  shownBy: 9,
  plant: () =>
    replace(
      Departures.prototype,
      'gone',
      (gone) =>
        function (this: Departures, member) {
          gone.call(this, member)
          member.outbox.discard()
        },
    ),
}
