import { LocalHold } from '@clusterbus/client/core'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const servedBeforeHeld: Mutant = {
  fault: 'a cache is served from before the broker has said that it tells of invalidations',
  caughtBy: 'lease',
  shownBy: 32,
  plant: () =>
    replace(LocalHold.prototype, 'freshNow', (freshNow) => {
      return function (this: LocalHold) {
        const { number } = this
        this.number = number ?? 0
        const now = freshNow.call(this)
        this.number = number
        return now
      }
    }),
}
