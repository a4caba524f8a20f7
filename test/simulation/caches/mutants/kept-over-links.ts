import { LocalHold } from '@clusterbus/client/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const keptOverLinks: Mutant = {
  fault: 'a lost link does not empty the cache',
  caughtBy: 'emptied',
  shownBy: 5,
  plant: () =>
    replace(LocalHold.prototype, 'reset', () => {
      return function (this: LocalHold) {
        this.number = undefined
      }
    }),
}
