import { Loads } from '@clusterbus/cache/parts'
import { type Mutant, replace } from '../../mutants/mutant.ts'

export const loadsOutliveLinks: Mutant = {
  fault: 'a lost link does not void loads under way',
  caughtBy: 'emptied',
  shownBy: 5,
  plant: () => replace(Loads.prototype, 'voidAll', () => () => undefined),
}
