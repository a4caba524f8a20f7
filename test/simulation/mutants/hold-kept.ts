import { Flow } from '@clusterbus/client/core'
import { type Mutant, replace } from './mutant.ts'

export const holdKept: Mutant = {
  fault: 'a publisher that was asked to wait is never let go on',
  caughtBy: 'liveness',
  shownBy: 35,
  plant: () =>
    replace(
      Flow.prototype,
      'hold',
      (hold) =>
        function (this: Flow, held) {
          if (held) hold.call(this, held)
        },
    ),
}
