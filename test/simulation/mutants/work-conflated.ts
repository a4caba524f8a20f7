import { WaitingNames } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const workConflated: Mutant = {
  fault: 'conflating drops messages of a group',
  caughtBy: 'groups',
  shownBy: 244,
  plant: () =>
    replace(
      WaitingNames.prototype,
      'stateOf',
      (stateOf) =>
        function (this: WaitingNames, segment, start, end) {
          return stateOf.call(this, segment, start, end, false)
        },
    ),
}
