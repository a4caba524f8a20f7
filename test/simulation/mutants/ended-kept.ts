import { Registry } from '@clusterbus/client/core'
import { type Mutant, replace } from './mutant.ts'

export const endedKept: Mutant = {
  fault: 'a bus keeps subscriptions that have ended',
  caughtBy: 'tables',
  plant: () => replace(Registry.prototype, 'remove', () => () => undefined),
}
