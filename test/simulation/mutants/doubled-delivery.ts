import { Outbox } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const doubledDelivery: Mutant = {
  fault: 'a run of frames is handed on twice now and then',
  caughtBy: 'duplicates',
  plant: () =>
    replace(Outbox.prototype, 'append', (append) => {
      let runs = 0
      return function (this: Outbox, bytes, start, end) {
        append.call(this, bytes, start, end)
        runs += 1
        if (runs % 20 === 0) append.call(this, bytes, start, end)
      }
    }),
}
