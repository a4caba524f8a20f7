import { DropAccount } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const dropNotCounted: Mutant = {
  fault: 'of messages that are dropped together, one is not in the account',
  caughtBy: 'account',
  shownBy: 10,
  plant: () =>
    replace(
      DropAccount.prototype,
      'add',
      (add) =>
        function (this: DropAccount, member, topic, reason, messages) {
          add.call(this, member, topic, reason, messages > 1 ? messages - 1 : messages)
        },
    ),
}
