import { Requests } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const cancelIgnored: Mutant = {
  fault: 'a request that was given up stays in the broker',
  caughtBy: 'tables',
  plant: () =>
    replace(
      Requests.prototype,
      'end',
      (end) =>
        function (this: Requests, requester, number, responder) {
          return responder !== undefined && end.call(this, requester, number, responder)
        },
    ),
}
