import { Gaps } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const gapMisplaced: Mutant = {
  fault: 'a gap is told for another topic',
  caughtBy: 'gaps',
  shownBy: 62,
  plant: () =>
    replace(
      Gaps.prototype,
      'add',
      (add) =>
        function (this: Gaps, name, pick, count, budget) {
          add.call(this, name.startsWith('a') ? 'c' : name, pick, count, budget)
        },
    ),
}
