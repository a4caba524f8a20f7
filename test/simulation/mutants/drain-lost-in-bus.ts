import { Outgoing } from '@clusterbus/client/core'
import { type Mutant, replace } from './mutant.ts'

export const drainLostInBus: Mutant = {
  fault: 'a bus does not hear that its link has room again',
  caughtBy: 'liveness',
  shownBy: 10,
  plant: () => replace(Outgoing.prototype, 'drained', () => () => undefined),
}
