import { Run } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const echoInSpite: Mutant = {
  fault: 'a publisher gets what it has published without echo',
  caughtBy: 'matching',
  plant: () =>
    replace(
      Run.prototype,
      'add',
      (add) =>
        function (this: Run, sender, bytes, start, end, recipients) {
          add.call(this, sender, bytes, start, end, recipients, undefined)
        },
    ),
}
