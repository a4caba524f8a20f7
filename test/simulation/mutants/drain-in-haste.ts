import { Registration } from '@clusterbus/client/core'
import { type Mutant, replace } from './mutant.ts'

export const drainInHaste: Mutant = {
  fault: 'what is on its way is not taken any more when a subscription drains',
  caughtBy: 'loss',
  plant: () =>
    replace(
      Registration.prototype,
      'leave',
      () =>
        function (this: Registration) {
          this.finish()
        },
    ),
}
