import { type Load, Loads } from '@clusterbus/cache/parts'
import { type Mutant, replace } from '../../mutants/mutant.ts'

type AnyLoad = Load<string | number, unknown>

export const voidLoadsJoined: Mutant = {
  fault: 'a reader joins a load that was overtaken by an invalidation',
  caughtBy: 'staleness',
  plant: () => {
    const latest = new WeakMap<object, Map<string | number, AnyLoad>>()
    const takeOut = [
      replace(Loads.prototype, 'begin', (begin) => {
        return function (this: Loads<string | number, unknown>, terms, isFresh, behind) {
          const load = begin.call(this, terms, isFresh, behind)
          const loads = latest.get(this) ?? new Map<string | number, AnyLoad>()
          latest.set(this, loads.set(terms.key, load))
          return load
        }
      }),
      replace(Loads.prototype, 'find', () => {
        return function (this: Loads<string | number, unknown>, key) {
          const load = latest.get(this)?.get(key)
          return load?.hasEnded === false ? load : undefined
        }
      }),
    ]
    return () => takeOut.forEach((undo) => undo())
  },
}
