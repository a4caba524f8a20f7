import { Run } from '@clusterbus/broker/core'
import { layout } from '@clusterbus/protocol'
import { type Mutant, replace } from './mutant.ts'

export const senderNotStamped: Mutant = {
  fault: 'the broker passes on whatever a member says of itself',
  caughtBy: 'matching',
  plant: () =>
    replace(
      Run.prototype,
      'add',
      (add) =>
        function (this: Run, sender, bytes, start, end, recipients, except) {
          layout.writeU32(bytes, start + layout.senderAt, 0)
          add.call(this, sender, bytes, start, end, recipients, except)
        },
    ),
}
