import { CoherentCache, Loads } from '@clusterbus/cache/parts'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const setVoidsNoLoad: Mutant = {
  fault: 'set does not void the load that is under way',
  caughtBy: 'staleness',
  shownBy: 11,
  plant: () => {
    let isSetting = false
    const takeOut = [
      replace(CoherentCache.prototype, 'set', (set) => {
        return function (this: CoherentCache<string | number, unknown>, key, value, options) {
          isSetting = true
          try {
            return set.call(this, key, value, options)
          } finally {
            isSetting = false
          }
        }
      }),
      replace(Loads.prototype, 'voidKey', (voidKey) => {
        return function (this: Loads<string | number, unknown>, key) {
          if (!isSetting) voidKey.call(this, key)
        }
      }),
    ]
    return () => takeOut.forEach((undo) => undo())
  },
}
