import { Load } from '@clusterbus/cache/parts'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const voidedReadersRejected: Mutant = {
  fault: 'readers of a load that was overtaken get an error',
  caughtBy: 'readers',
  plant: () =>
    replace(Load.prototype, 'void', (voidLoad) => {
      return function (this: Load<string | number, unknown>) {
        voidLoad.call(this)
        this.reject(new Error('overtaken'))
      }
    }),
}
