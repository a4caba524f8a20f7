import { BrokerCore } from '@clusterbus/broker/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const wrongProcessExited: Mutant = {
  fault: 'the broker takes another process for the one that has exited',
  caughtBy: 'last round',
  plant: () =>
    replace(BrokerCore.prototype, 'processExited', (processExited) => {
      return function (this: BrokerCore, pid) {
        const other = this.members().find((member) => member.pid !== pid)
        processExited.call(this, other?.pid ?? pid)
      }
    }),
}
