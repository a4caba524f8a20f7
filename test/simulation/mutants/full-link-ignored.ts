import { Outbox } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const fullLinkIgnored: Mutant = {
  fault: 'the broker writes on when a link has said that it is full',
  caughtBy: 'back-pressure',
  shownBy: 5,
  plant: () =>
    replace(
      Outbox.prototype,
      'flush',
      (flush) =>
        function (this: Outbox) {
          if (this.isWaiting) this.drained()
          else flush.call(this)
        },
    ),
}
