import { Load } from '@clusterbus/cache/parts'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const loadsStoredWhenVoid: Mutant = {
  fault: 'an invalidation does not void loads under way',
  caughtBy: 'staleness',
  plant: () => replace(Load.prototype, 'void', () => () => undefined),
}
