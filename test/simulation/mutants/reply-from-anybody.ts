import { Requests } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const replyFromAnybody: Mutant = {
  fault: 'whoever answers a request is believed',
  caughtBy: 'requests',
  shownBy: 520,
  plant: () =>
    replace(
      Requests.prototype,
      'end',
      (end) =>
        function (this: Requests, requester, number) {
          return end.call(this, requester, number)
        },
    ),
}
