import type { Selector } from '@clusterbus/protocol'
import { LocalHold } from '@clusterbus/client/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const heededTooEarly: Mutant = {
  fault: 'an eviction is acknowledged, and heeded with the next one',
  caughtBy: 'staleness',
  plant: () =>
    replace(LocalHold.prototype, 'evict', (evict) => {
      const waiting = new WeakMap<LocalHold, readonly Selector[]>()
      return function (this: LocalHold, selectors) {
        evict.call(this, waiting.get(this) ?? [])
        waiting.set(this, selectors)
      }
    }),
}
