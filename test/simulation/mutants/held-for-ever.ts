import { Pressure } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const heldForEver: Mutant = {
  fault: 'those who were held back for a full queue are never let go',
  caughtBy: 'liveness',
  shownBy: 53,
  plant: () => replace(Pressure.prototype, 'release', () => () => undefined),
}
