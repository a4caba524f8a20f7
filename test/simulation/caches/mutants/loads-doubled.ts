import { Loads } from '@clusterbus/cache/parts'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const loadsDoubled: Mutant = {
  fault: 'a load under way is not joined',
  caughtBy: 'single flight',
  plant: () => replace(Loads.prototype, 'find', () => () => undefined),
}
