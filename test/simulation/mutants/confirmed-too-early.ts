import { Settling } from '@clusterbus/client/core'
import { type Mutant, replace } from './mutant.ts'

export const confirmedTooEarly: Mutant = {
  fault: 'a bus says that a message is handled when the first of its handlers is begun',
  caughtBy: 'confirmations',
  plant: () =>
    replace(
      Settling.prototype,
      'begin',
      () =>
        function (this: Settling, _, awaiting) {
          this.settle(awaiting, false)
        },
    ),
}
