import { SubscriptionTable } from '@clusterbus/broker/core'
import { type Mutant, replace } from './mutant.ts'

export const unsubscribeIgnored: Mutant = {
  fault: 'the broker goes on picking members that have left a group',
  caughtBy: 'groups',
  shownBy: 8,
  plant: () => replace(SubscriptionTable.prototype, 'remove', () => () => undefined),
}
