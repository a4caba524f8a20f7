import { EntryStore } from '@clusterbus/cache/parts'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const prefixOfShortKeys: Mutant = {
  fault: 'a prefix does not match keys of three characters',
  caughtBy: 'staleness',
  plant: () =>
    replace(EntryStore.prototype, 'voidWhere', (voidWhere) => {
      return function (this: EntryStore<string | number, unknown>, isVoid) {
        voidWhere.call(this, (key) => String(key).length < 3 && isVoid(key))
      }
    }),
}
