import { Load } from '@clusterbus/cache/parts'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const errorsCopied: Mutant = {
  fault: 'those who wait for a load that fails get an error that its loader did not throw',
  caughtBy: 'readers',
  plant: () =>
    replace(Load.prototype, 'reject', (reject) => {
      return function (this: Load<string | number, unknown>, error) {
        reject.call(this, new Error(String(error)))
      }
    }),
}
