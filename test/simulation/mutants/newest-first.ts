import { Fifo } from '@clusterbus/client/core'
import { type Mutant, replace } from './mutant.ts'

export const newestFirst: Mutant = {
  fault: 'what waits for a handler is worked off from the newest on',
  caughtBy: 'order',
  plant: () =>
    replace(
      Fifo.prototype,
      'shift',
      (shift) =>
        function (this: Fifo<unknown>) {
          const items: unknown[] = []
          while (this.length > 0) items.push(shift.call(this))
          const newest = items.pop()
          for (const item of items) this.push(item)
          return newest
        },
    ),
}
