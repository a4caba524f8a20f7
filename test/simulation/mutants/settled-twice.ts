import { Confirmations } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const settledTwice: Mutant = {
  fault: 'a member that fails at a message counts twice',
  caughtBy: 'confirmations',
  shownBy: 20,
  plant: () =>
    replace(
      Confirmations.prototype,
      'settle',
      (settle) =>
        function (this: Confirmations, member, publisher, number, failed) {
          const confirmation = publisher?.confirming.get(number)
          if (failed && confirmation?.waiting.has(member) === true) confirmation.delivered += 1
          settle.call(this, member, publisher, number, failed)
        },
    ),
}
