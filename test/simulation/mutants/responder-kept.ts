import { ResponderTable } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const responderKept: Mutant = {
  fault: 'the broker goes on asking responders that have ended',
  caughtBy: 'requests',
  shownBy: 11,
  plant: () => replace(ResponderTable.prototype, 'remove', () => () => undefined),
}
