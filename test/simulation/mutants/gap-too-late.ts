import { BoundedQueue } from '@clusterbus/client/core'
import { type Mutant, replace } from './mutant.ts'

export const gapTooLate: Mutant = {
  fault: 'a subscription learns of a gap with the message behind the one that it stands before',
  caughtBy: 'gaps',
  shownBy: 10,
  plant: () =>
    replace(
      BoundedQueue.prototype,
      'push',
      (push) =>
        function (this: BoundedQueue, message, bytes) {
          const gap = this.takeGap()
          const waits = push.call(this, message, bytes)
          this.missed(gap)
          return waits
        },
    ),
}
