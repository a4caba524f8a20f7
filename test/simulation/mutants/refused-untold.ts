import { Access } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const refusedUntold: Mutant = {
  fault: 'a member is told late of messages that it may not publish, behind what the broker has answered since',
  caughtBy: 'access',
  plant: () =>
    replace(
      Access.prototype,
      'tell',
      (tell) =>
        function (this: Access, member) {
          if ((member.access?.denied.size ?? 0) > 1) tell.call(this, member)
        },
    ),
}
