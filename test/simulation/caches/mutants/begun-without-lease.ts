import { Loads } from '@clusterbus/cache/parts'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const begunWithoutLease: Mutant = {
  fault: 'what began without a lease is stored',
  caughtBy: 'lease',
  plant: () =>
    replace(Loads.prototype, 'begin', (begin) => {
      return function (this: Loads<string | number, unknown>, terms, _, behind) {
        return begin.call(this, terms, true, behind)
      }
    }),
}
